#include "base/base64.h"

#include <array>
#include <cstdint>

namespace larder::base {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kPadding = '=';

constexpr uint8_t kNoDigit = 0xff;

// The value of a character, six bits; the padding is 0.
constexpr std::array<uint8_t, 256> kDigits = [] {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  digits[static_cast<uint8_t>(kPadding)] = 0;
  return digits;
}();

uint8_t digit_of(char c) { return kDigits[static_cast<uint8_t>(c)]; }

uint32_t byte_at(std::string_view bytes, size_t at) {
  return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0;
}

}  // namespace

char* encode_base64(std::string_view bytes, char* out) noexcept {
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const uint32_t group =
        byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2);
    const size_t left = bytes.size() - at;
    *out++ = kAlphabet[group >> 18];
    *out++ = kAlphabet[group >> 12 & 63];
    *out++ = left > 1 ? kAlphabet[group >> 6 & 63] : kPadding;
    *out++ = left > 2 ? kAlphabet[group & 63] : kPadding;
  }
  return out;
}

size_t decode_base64(std::string_view text, char* out) noexcept {
  size_t digit_count = 0;
  for (const char c : text) digit_count += digit_of(c) != kNoDigit;
  if (digit_count % 4 != 0) return 0;

  size_t size = 0;
  size_t padding_count = 0;
  uint32_t group = 0;
  size_t group_size = 0;
  for (const char c : text) {
    const uint8_t digit = digit_of(c);
    if (digit == kNoDigit) continue;
    padding_count += c == kPadding;
    group = group << 6 | digit;
    if (++group_size < 4) continue;
    if (padding_count > 2) return 0;
    out[size++] = static_cast<char>(group >> 16);
    if (padding_count < 2) out[size++] = static_cast<char>(group >> 8);
    if (padding_count < 1) out[size++] = static_cast<char>(group);
    if (padding_count > 0) break;
    group = 0;
    group_size = 0;
  }
  return size;
}

}  // namespace larder::base
