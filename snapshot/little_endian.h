// Numbers in the byte order of files: little endian, unaligned.
//
// Threads: pure functions.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace larder::snapshot {

template <std::unsigned_integral T>
T swapped_on_big_endian(T number) noexcept {
  if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
    return number;
  } else {
    T swapped = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
      swapped = static_cast<T>(swapped << 8 | (number >> (8 * i) & 0xff));
    }
    return swapped;
  }
}

// Writes at `to` and returns the position after it.
template <std::unsigned_integral T>
char* put(char* to, T number) noexcept {
  const T stored = swapped_on_big_endian(number);
  std::memcpy(to, &stored, sizeof(stored));
  return to + sizeof(stored);
}

// Reads at `from` and advances it.
template <std::unsigned_integral T>
T take(const char*& from) noexcept {
  T stored;
  std::memcpy(&stored, from, sizeof(stored));
  from += sizeof(stored);
  return swapped_on_big_endian(stored);
}

}  // namespace larder::snapshot
