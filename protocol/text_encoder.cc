#include <array>
#include <cstring>

#include "base/assertions.h"
#include "protocol/decimal.h"
#include "protocol/encode.h"
#include "protocol/write_text.h"

namespace larder::protocol {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// "VALUE ", three spaces around the key and the numbers, and a line end.
constexpr size_t kHitFrameSize = 6 + 3 + 2;
constexpr size_t kHitHeadSizeMax = kHitFrameSize + 2 * kDecimal32SizeMax + kDecimal64SizeMax;

// Copies 8 or 16 bytes at a time, overlapping in the middle.  Most keys are short, and a memcpy
// call with a size unknown at compile time costs as much as the rest of the head.
char* write_key(char* out, std::string_view key) {
  const size_t size = key.size();
  const char* from = key.data();
  if (size >= 8 && size <= 16) {
    std::memcpy(out, from, 8);
    std::memcpy(out + size - 8, from + size - 8, 8);
  } else if (size > 16 && size <= 32) {
    std::memcpy(out, from, 16);
    std::memcpy(out + size - 16, from + size - 16, 16);
  } else {
    std::memcpy(out, from, size);
  }
  return out + size;
}

// Precondition: room for kHitHeadSizeMax bytes and the key.
char* write_hit_head(char* out, const Hit& hit, bool with_cas) {
  out = write_text(out, "VALUE ");
  out = write_key(out, hit.key);
  *out++ = ' ';
  out = write_decimal(out, hit.flags);
  *out++ = ' ';
  out = write_decimal(out, hit.value_size);
  if (with_cas) {
    *out++ = ' ';
    out = write_decimal(out, hit.cas);
  }
  return write_text(out, kLineEnd);
}

// A reply padded to a size that one fixed-size copy can move.
struct StatusLine {
  std::array<char, 16> bytes{};
  size_t size = 0;
};

constexpr StatusLine status_line(std::string_view text) {
  StatusLine line;
  for (const char byte : text) line.bytes[line.size++] = byte;
  for (const char byte : kLineEnd) line.bytes[line.size++] = byte;
  return line;
}

constexpr StatusLine line_of(Status status) {
  switch (status) {
    case Status::Stored: return status_line("STORED");
    case Status::NotStored: return status_line("NOT_STORED");
    case Status::Exists: return status_line("EXISTS");
    case Status::NotFound: return status_line("NOT_FOUND");
    case Status::Deleted: return status_line("DELETED");
    case Status::Touched: return status_line("TOUCHED");
    case Status::Ok: return status_line("OK");
    case Status::Reset: return status_line("RESET");
    case Status::End: return status_line("END");
  }
  UNREACHABLE();
}

constexpr size_t kStatusCount = static_cast<size_t>(Status::End) + 1;

constexpr std::array<StatusLine, kStatusCount> kStatusLines = [] {
  std::array<StatusLine, kStatusCount> lines;
  for (size_t i = 0; i < kStatusCount; ++i) lines[i] = line_of(static_cast<Status>(i));
  return lines;
}();

}  // namespace

void encode_hit(const Hit& hit, bool with_cas, std::string_view value, ReplyBuffer& out) {
  DEBUG_ASSERT(value.size() == hit.value_size);
  char* end = out.prepare(kHitHeadSizeMax + hit.key.size() + value.size() + kLineEnd.size());
  end = write_hit_head(end, hit, with_cas);
  end = write_text(end, value);
  out.commit(write_text(end, kLineEnd));
}

void encode_hit_head(const Hit& hit, bool with_cas, ReplyBuffer& out) {
  char* begin = out.prepare(kHitHeadSizeMax + hit.key.size());
  out.commit(write_hit_head(begin, hit, with_cas));
}

void encode_status(Status status, ReplyBuffer& out) {
  const StatusLine& line = kStatusLines[static_cast<size_t>(status)];
  char* begin = out.prepare(line.bytes.size());
  std::memcpy(begin, line.bytes.data(), line.bytes.size());
  out.commit(begin + line.size);
}

void encode_complaint(Complaint complaint, ReplyBuffer& out) {
  out.append(text_of(complaint));
  out.append(kLineEnd);
}

void encode_number(uint64_t number, ReplyBuffer& out) {
  char* end = write_decimal(out.prepare(kDecimal64SizeMax + kLineEnd.size()), number);
  out.commit(write_text(end, kLineEnd));
}

void encode_version(std::string_view version, ReplyBuffer& out) {
  out.append("VERSION ");
  out.append(version);
  out.append(kLineEnd);
}

void encode_config(std::string_view name, uint32_t flags, std::string_view value,
                   ReplyBuffer& out) {
  out.append("CONFIG ");
  out.append(name);
  char numbers[2 * kDecimal64SizeMax + 2];
  char* end = numbers;
  *end++ = ' ';
  end = write_decimal(end, flags);
  *end++ = ' ';
  end = write_decimal(end, value.size());
  out.append({numbers, static_cast<size_t>(end - numbers)});
  out.append(kLineEnd);
  out.append(value);
  out.append(kLineEnd);
}

void encode_stat(std::string_view name, std::string_view value, ReplyBuffer& out) {
  out.append("STAT ");
  out.append(name);
  out.append(" ");
  out.append(value);
  out.append(kLineEnd);
}

}  // namespace larder::protocol
