// The 24-byte header of the binary protocol, and decimal numbers: written by this generator
// alone, on purpose without the server's own encoders, which it is here to check.
//
// Threads: pure functions.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace larder::bench {

inline constexpr uint8_t kBinaryRequest = 0x80;
inline constexpr uint8_t kBinaryReply = 0x81;
inline constexpr uint8_t kBinaryGet = 0x00;
inline constexpr uint8_t kBinarySet = 0x01;
inline constexpr uint16_t kBinaryNotFound = 0x0001;
inline constexpr size_t kBinaryHeaderSize = 24;
inline constexpr size_t kBinaryBodySizeAt = 8;  // four bytes, big-endian
inline constexpr size_t kBinaryUniqueAt = 16;   // eight bytes, to the end of the header

struct BinaryHeader {
  uint8_t magic = 0;
  uint8_t opcode = 0;
  uint16_t key_size = 0;
  uint8_t extras_size = 0;
  uint16_t status = 0;  // of a reply; the bucket of a request, always 0 here
  uint32_t body_size = 0;
  uint32_t opaque = 0;
};

// Precondition: `bytes` has room for a header.  The cas unique is 0.
inline void write_header(const BinaryHeader& header, char* bytes) noexcept {
  const auto low_byte = [](uint32_t number) { return static_cast<char>(number & 0xFF); };
  *bytes++ = low_byte(header.magic);
  *bytes++ = low_byte(header.opcode);
  for (int shift = 8; shift >= 0; shift -= 8) *bytes++ = low_byte(header.key_size >> shift);
  *bytes++ = low_byte(header.extras_size);
  *bytes++ = 0;  // data type
  for (int shift = 8; shift >= 0; shift -= 8) *bytes++ = low_byte(header.status >> shift);
  for (int shift = 24; shift >= 0; shift -= 8) *bytes++ = low_byte(header.body_size >> shift);
  for (int shift = 24; shift >= 0; shift -= 8) *bytes++ = low_byte(header.opaque >> shift);
  for (int i = 0; i < 8; ++i) *bytes++ = 0;
}

inline void append_header(const BinaryHeader& header, std::string* bytes) {
  char raw[kBinaryHeaderSize];
  write_header(header, raw);
  bytes->append(raw, sizeof raw);
}

// Precondition: `digits` has room for 20.  Returns how many were written.
inline size_t write_decimal(uint64_t number, char* digits) noexcept {
  return static_cast<size_t>(std::to_chars(digits, digits + 20, number).ptr - digits);
}

}  // namespace larder::bench
