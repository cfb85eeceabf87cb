#include "larderctl/transfer/item_key.h"

#include <algorithm>

#include "base/base64.h"

namespace larder::ctl {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

bool is_plain_key(std::string_view key) noexcept {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char each) {
    const auto byte = static_cast<unsigned char>(each);
    return byte > ' ' && byte != 0x7f;
  });
}

bool fits_meta(std::string_view key, bool in_base64) noexcept {
  const size_t size = in_base64 ? base::base64_size(key.size()) : key.size();
  return !key.empty() && size <= kWireKeySizeMax;
}

bool fits_text(std::string_view key) noexcept {
  return key.size() <= kWireKeySizeMax && is_plain_key(key);
}

bool decode_uri(std::string_view text, std::string& key) {
  key.clear();
  while (!text.empty()) {
    const size_t plain = std::min(text.find('%'), text.size());
    key.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (text.size() < 3) return false;
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    if (high < 0 || low < 0) return false;
    key += static_cast<char>(high << 4 | low);
    text.remove_prefix(3);
  }
  return !key.empty();
}

std::string shown_key(std::string_view key) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr size_t kShownMax = 250;
  std::string text;
  for (const char each : key) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte > ' ' && byte < 0x7f) {
      text += each;
    } else {
      text += '%';
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
    if (text.size() >= kShownMax) return text + "...";
  }
  return text;
}

}  // namespace larder::ctl
