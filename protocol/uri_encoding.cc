#include "protocol/uri_encoding.h"

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

}  // namespace larder::protocol
