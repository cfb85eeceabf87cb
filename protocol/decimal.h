// Decimal numbers on the wire: reads them without overflow, writes them without a library call.
//
// Upstream reads numbers in two ways, and clients can observe the difference.  So there are two
// families of readers: strict ones, and lenient ones for the flags and the exptime of text writes.
//
// Threads: pure functions.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace larder::protocol {

// The longest words that the strict readers accept; leading zeros count.
inline constexpr size_t kNumber32SizeMax = 11;
inline constexpr size_t kNumber64SizeMax = 22;

// The longest texts that the writers produce.
inline constexpr size_t kDecimal32SizeMax = 10;
inline constexpr size_t kDecimal64SizeMax = 20;

namespace detail {

// The number if the whole word is one and is in range; otherwise nothing.
template <class Number>
std::optional<Number> read_whole(std::string_view word) noexcept {
  Number number = 0;
  const char* end = word.data() + word.size();
  const std::from_chars_result result = std::from_chars(word.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

inline constexpr bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// White space of the C locale.
inline constexpr bool is_white(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// A word as C's strtoul and strtol read it: a sign and a magnitude below 2^64.
struct SignedMagnitude {
  bool is_negative;
  uint64_t magnitude;
};

// White space may precede the number; white space or a NUL ends it, and what follows is ignored.
inline std::optional<SignedMagnitude> read_lenient(std::string_view word) noexcept {
  size_t at = 0;
  while (at < word.size() && is_white(word[at])) ++at;
  const bool is_negative = at < word.size() && word[at] == '-';
  if (is_negative || (at < word.size() && word[at] == '+')) ++at;
  const size_t first_digit = at;
  uint64_t magnitude = 0;
  for (; at < word.size() && is_digit(word[at]); ++at) {
    const auto digit = static_cast<uint64_t>(word[at] - '0');
    if (magnitude > (std::numeric_limits<uint64_t>::max() - digit) / 10) return std::nullopt;
    magnitude = magnitude * 10 + digit;
  }
  if (at == first_digit) return std::nullopt;
  if (at < word.size() && !is_white(word[at]) && word[at] != '\0') return std::nullopt;
  return SignedMagnitude{is_negative, magnitude};
}

inline constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t number = 0; number < 100; ++number) {
    pairs[number * 2] = static_cast<char>('0' + number / 10);
    pairs[number * 2 + 1] = static_cast<char>('0' + number % 10);
  }
  return pairs;
}();

// `number` is below 100.
inline char* write_pair(char* out, uint32_t number) noexcept {
  std::memcpy(out, &kDigitPairs[size_t{number} * 2], 2);
  return out + 2;
}

// `number` is below 10^8 and is written with all eight digits.
inline char* write_eight(char* out, uint32_t number) noexcept {
  const uint32_t high = number / 10000;
  const uint32_t low = number % 10000;
  out = write_pair(out, high / 100);
  out = write_pair(out, high % 100);
  out = write_pair(out, low / 100);
  return write_pair(out, low % 100);
}

// `number` is below 10^4 and is written without leading zeros.
inline char* write_up_to_four(char* out, uint32_t number) noexcept {
  if (number < 100) {
    if (number >= 10) return write_pair(out, number);
    *out = static_cast<char>('0' + number);
    return out + 1;
  }
  const uint32_t high = number / 100;
  if (high >= 10) {
    out = write_pair(out, high);
  } else {
    *out++ = static_cast<char>('0' + high);
  }
  return write_pair(out, number % 100);
}

// `number` is below 10^8 and is written without leading zeros.
inline char* write_up_to_eight(char* out, uint32_t number) noexcept {
  if (number < 10000) return write_up_to_four(out, number);
  out = write_up_to_four(out, number / 10000);
  out = write_pair(out, number % 10000 / 100);
  return write_pair(out, number % 100);
}

}  // namespace detail

// Digits only.
inline std::optional<uint64_t> read_u64(std::string_view word) noexcept {
  if (word.size() > kNumber64SizeMax) return std::nullopt;
  return detail::read_whole<uint64_t>(word);
}
inline std::optional<uint32_t> read_u32(std::string_view word) noexcept {
  if (word.size() > kNumber32SizeMax) return std::nullopt;
  return detail::read_whole<uint32_t>(word);
}

// Digits after an optional minus sign; a minus sign alone is 0, as in upstream.
inline std::optional<int32_t> read_i32(std::string_view word) noexcept {
  if (word.size() > kNumber32SizeMax) return std::nullopt;
  if (word == "-") return 0;
  return detail::read_whole<int32_t>(word);
}

// The flags of a write: strtoul's result for the word, truncated to its low 32 bits.  A negative
// number wraps around 2^64 as in strtoul; a result of 2^63 or more is refused, as for -1.
inline std::optional<uint32_t> read_flags(std::string_view word) noexcept {
  const std::optional<detail::SignedMagnitude> read = detail::read_lenient(word);
  if (!read) return std::nullopt;
  const uint64_t number = read->is_negative ? 0 - read->magnitude : read->magnitude;
  if (read->is_negative && (number >> 63) != 0) return std::nullopt;
  return static_cast<uint32_t>(number);
}

// The exptime of a write: a 64-bit number truncated to its low 32 bits.  So 4294967296 becomes 0,
// which means "never".
inline std::optional<int32_t> read_truncated_exptime(std::string_view word) noexcept {
  const std::optional<detail::SignedMagnitude> read = detail::read_lenient(word);
  if (!read) return std::nullopt;
  const uint64_t magnitude_max = (uint64_t{1} << 63) - (read->is_negative ? 0 : 1);
  if (read->magnitude > magnitude_max) return std::nullopt;
  const uint64_t number = read->is_negative ? 0 - read->magnitude : read->magnitude;
  return std::bit_cast<int32_t>(static_cast<uint32_t>(number));
}

// Writes the digits of `number` at `out` and returns the address after them.
// Precondition: room for kDecimal32SizeMax or kDecimal64SizeMax bytes.
inline char* write_decimal(char* out, uint32_t number) noexcept {
  constexpr uint32_t kTenToThe8 = 100'000'000;
  if (number < kTenToThe8) return detail::write_up_to_eight(out, number);
  out = detail::write_up_to_four(out, number / kTenToThe8);
  return detail::write_eight(out, number % kTenToThe8);
}
inline char* write_decimal(char* out, uint64_t number) noexcept {
  constexpr uint64_t kTenToThe8 = 100'000'000;
  if (number <= std::numeric_limits<uint32_t>::max()) {
    return write_decimal(out, static_cast<uint32_t>(number));
  }
  // The quotient of one division by 10^8 may need a second division, but never a third.
  out = write_decimal(out, number / kTenToThe8);
  return detail::write_eight(out, static_cast<uint32_t>(number % kTenToThe8));
}

}  // namespace larder::protocol
