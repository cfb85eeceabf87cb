#include "larderctl/transfer/json_text.h"

#include <cstdint>

#include "larderctl/printable.h"

namespace larder::ctl {
namespace {

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

// Of the character at the front: 0 if it is none.
size_t character_size(std::string_view bytes) {
  const uint8_t first = byte_at(bytes, 0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte_at(bytes, i) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = byte_at(bytes, 1);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second > 0x9f;
  const bool is_beyond = first == 0xf4 && second > 0x8f;
  return is_overlong || is_surrogate || is_beyond ? 0 : size;
}

bool needs_escape(char each) {
  return static_cast<uint8_t>(each) < 0x20 || each == '"' || each == '\\' || each == 0x7f;
}

void append_escape(char each, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (each) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<uint8_t>(each);
  out += "\\u00";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const size_t size = character_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  size_t plain = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!needs_escape(text[at])) continue;
    out.append(text, plain, at - plain);
    append_escape(text[at], out);
    plain = at + 1;
  }
  out.append(text, plain);
  out += '"';
}

std::string json_string_of(std::string text) {
  if (!is_utf8(text)) text = printable(std::move(text));
  std::string out;
  append_json_string(text, out);
  return out;
}

}  // namespace larder::ctl
