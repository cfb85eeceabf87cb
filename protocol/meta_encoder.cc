#include <tuple>

#include "base/assertions.h"
#include "base/base64.h"
#include "protocol/decimal.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "protocol/uri_encoding.h"
#include "protocol/write_text.h"

namespace larder::protocol {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// Space, letter and the longest number for each possible flag; plus the status, the opaque token,
// Z, X, W and the line end.
constexpr size_t kFlagSizeMax = 2 + kDecimal64SizeMax;
constexpr size_t kLineSizeWithoutKeyMax =
    kFlagSizeMax * (std::tuple_size_v<decltype(AskedFlags::letters)> + 1) + 1 + kOpaqueSizeMax +
    3 * 2 + kLineEnd.size();

size_t line_size_max(std::string_view key) {
  return kLineSizeWithoutKeyMax + base::base64_size(key.size()) + 2;
}

char* write_letter(char* out, char letter) {
  *out++ = ' ';
  *out++ = letter;
  return out;
}

template <class Number>
char* write_flag(char* out, char letter, Number number) {
  return write_decimal(write_letter(out, letter), number);
}

char* write_opaque(char* out, const ReplyStyle& style) {
  *out++ = ' ';
  return write_text(out, style.opaque);
}

char* write_key(char* out, std::string_view key, bool is_binary) {
  out = write_letter(out, 'k');
  if (!is_binary) return write_text(out, key);
  return write_letter(base::encode_base64(key, out), 'b');
}

char* write_flags(char* out, const MetaItem& item, const ReplyStyle& style) {
  for (const char letter : style.asked) {
    switch (letter) {
      case 'O': out = write_opaque(out, style); break;
      case 'c': out = write_flag(out, letter, item.cas); break;
      case 'f': out = write_flag(out, letter, item.client_flags); break;
      case 'h': out = write_flag(out, letter, item.was_fetched ? 1u : 0u); break;
      case 'k': out = write_key(out, item.key, item.key_is_binary); break;
      case 'l': out = write_flag(out, letter, item.seconds_since_access); break;
      case 's': out = write_flag(out, letter, item.value_size); break;
      case 't':
        out = item.never_expires ? write_text(out, " t-1")
                                 : write_flag(out, letter, item.seconds_left);
        break;
      default: break;  // flags that act and are not shown
    }
  }
  if (item.has_sent_token) out = write_letter(out, 'Z');
  if (item.is_stale) out = write_letter(out, 'X');
  if (item.wins) out = write_letter(out, 'W');
  return write_text(out, kLineEnd);
}

std::string_view text_of(MetaStatus status) {
  switch (status) {
    case MetaStatus::Done: return "HD";
    case MetaStatus::Miss: return "EN";
    case MetaStatus::NotFound: return "NF";
    case MetaStatus::NotStored: return "NS";
    case MetaStatus::Exists: return "EX";
  }
  UNREACHABLE();
}

char* write_value_head(char* out, uint32_t value_size, const MetaItem& item,
                       const ReplyStyle& style) {
  out = write_decimal(write_text(out, "VA "), value_size);
  return write_flags(out, item, style);
}

}  // namespace

void encode_meta(MetaStatus status, const MetaItem& item, const ReplyStyle& style,
                 ReplyBuffer& out) {
  char* end = write_text(out.prepare(line_size_max(item.key)), text_of(status));
  out.commit(write_flags(end, item, style));
}

void encode_meta_without_item(MetaStatus status, std::string_view key, const ReplyStyle& style,
                              ReplyBuffer& out) {
  char* end = write_text(out.prepare(line_size_max(key)), text_of(status));
  for (const char letter : style.asked) {
    if (letter == 'O') end = write_opaque(end, style);
    if (letter == 'k') end = write_key(end, key, style.key_is_base64);
  }
  out.commit(write_text(end, kLineEnd));
}

void encode_meta_value(std::string_view value, const MetaItem& item, const ReplyStyle& style,
                       ReplyBuffer& out) {
  char* end = out.prepare(line_size_max(item.key) + value.size() + kLineEnd.size());
  end = write_value_head(end, static_cast<uint32_t>(value.size()), item, style);
  end = write_text(end, value);
  out.commit(write_text(end, kLineEnd));
}

void encode_meta_value_head(uint32_t value_size, const MetaItem& item, const ReplyStyle& style,
                            ReplyBuffer& out) {
  char* end = out.prepare(line_size_max(item.key));
  out.commit(write_value_head(end, value_size, item, style));
}

void encode_meta_debug(const MetaDebugItem& item, ReplyBuffer& out) {
  constexpr size_t kNamesAndNumbersSizeMax = 192;
  char* end = out.prepare(kNamesAndNumbersSizeMax + base::base64_size(item.key.size()));
  end = write_text(end, "ME ");
  const bool needs_base64 = item.key_is_binary || !is_plain_key(item.key);
  end = needs_base64 ? base::encode_base64(item.key, end) : write_text(end, item.key);
  end = write_text(end, " exp=");
  end = item.seconds_left < 0 ? write_text(end, "-1")
                              : write_decimal(end, static_cast<uint64_t>(item.seconds_left));
  end = write_decimal(write_text(end, " la="), item.seconds_since_access);
  end = write_decimal(write_text(end, " cas="), item.cas);
  end = write_text(write_text(end, " fetch="), item.was_fetched ? "yes" : "no");
  end = write_decimal(write_text(end, " cls="), item.class_id);
  end = write_decimal(write_text(end, " size="), item.size);
  out.commit(write_text(end, kLineEnd));
}

void encode_meta_noop(ReplyBuffer& out) { out.append("MN\r\n"); }

}  // namespace larder::protocol
