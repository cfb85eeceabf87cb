#include "protocol/uri_encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace larder::protocol {
namespace {

constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (const char byte : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789-._~")) {
    is_plain[static_cast<uint8_t>(byte)] = true;
  }
  return is_plain;
}();

}  // namespace

bool is_plain_key(std::string_view key) noexcept {
  return std::ranges::all_of(key, [](char byte) {
    const auto code = static_cast<uint8_t>(byte);
    return code > 0x20 && code != 0x7f;
  });
}

char* write_uri_encoded(char* out, std::string_view key) noexcept {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char byte : key) {
    const auto code = static_cast<uint8_t>(byte);
    if (kIsPlain[code]) {
      *out++ = byte;
    } else {
      *out++ = '%';
      *out++ = kDigits[code >> 4];
      *out++ = kDigits[code & 15];
    }
  }
  return out;
}

std::string uri_encoded(std::string_view key) {
  std::string encoded(3 * key.size(), '\0');
  encoded.resize(static_cast<size_t>(write_uri_encoded(encoded.data(), key) - encoded.data()));
  return encoded;
}

}  // namespace larder::protocol
