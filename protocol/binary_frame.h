// Frames of the binary protocol: a header of 24 bytes, followed by extras, a key and a value, whose
// sizes are in the header.  Numbers are big-endian.
//
// Source: the published description of memcached's binary protocol, and the behaviour of 1.6.45.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace larder::protocol {

inline constexpr unsigned char kBinaryRequestMagic = 0x80;
inline constexpr unsigned char kBinaryResponseMagic = 0x81;
inline constexpr size_t kBinaryHeaderSize = 24;

// The limit of extras, key and value together.
inline constexpr uint32_t kBinaryBodySizeMax = uint32_t{1} << 30;

// The maximum length of a SASL mechanism's name, and of a body that a client may send before login.
inline constexpr size_t kSaslMechanismSizeMax = 32;
inline constexpr uint32_t kSaslBodySizeMax = 16 << 10;

enum class Opcode : uint8_t {
  Get = 0x00,
  Set = 0x01,
  Add = 0x02,
  Replace = 0x03,
  Delete = 0x04,
  Increment = 0x05,
  Decrement = 0x06,
  Quit = 0x07,
  Flush = 0x08,
  GetQ = 0x09,
  Noop = 0x0a,
  Version = 0x0b,
  GetK = 0x0c,
  GetKQ = 0x0d,
  Append = 0x0e,
  Prepend = 0x0f,
  Stat = 0x10,
  SetQ = 0x11,
  AddQ = 0x12,
  ReplaceQ = 0x13,
  DeleteQ = 0x14,
  IncrementQ = 0x15,
  DecrementQ = 0x16,
  QuitQ = 0x17,
  FlushQ = 0x18,
  AppendQ = 0x19,
  PrependQ = 0x1a,
  Verbosity = 0x1b,
  Touch = 0x1c,
  Gat = 0x1d,
  GatQ = 0x1e,
  SaslList = 0x20,
  SaslAuth = 0x21,
  SaslStep = 0x22,
  GatK = 0x23,
  GatKQ = 0x24,
  // Auto Discovery; memcached has none of these.
  ConfigGet = 0x60,
  ConfigGetQ = 0x61,
  ConfigGetK = 0x62,
  ConfigGetKQ = 0x63,
  ConfigSet = 0x64,
  ConfigSetQ = 0x65,
  ConfigDelete = 0x66,
  ConfigDeleteQ = 0x67,
  ConfigList = 0x68,
};

enum class BinaryStatus : uint16_t {
  Ok = 0x00,
  NotFound = 0x01,
  Exists = 0x02,
  TooLarge = 0x03,
  InvalidArguments = 0x04,
  NotStored = 0x05,
  NotANumber = 0x06,
  AuthenticationFailed = 0x20,
  AuthenticationContinues = 0x21,
  UnknownCommand = 0x81,
  OutOfMemory = 0x82,
};

// Reads a big-endian number from any address.
template <class Number>
Number load_big_endian(const char* bytes) noexcept {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  if constexpr (std::endian::native == std::endian::little && sizeof number > 1) {
    if constexpr (sizeof number == 2) return __builtin_bswap16(number);
    if constexpr (sizeof number == 4) return __builtin_bswap32(number);
    if constexpr (sizeof number == 8) return __builtin_bswap64(number);
  }
  return number;
}

// Writes a big-endian number to any address; returns the address after it.
template <class Number>
char* store_big_endian(char* bytes, Number number) noexcept {
  const Number swapped = load_big_endian<Number>(reinterpret_cast<const char*>(&number));
  std::memcpy(bytes, &swapped, sizeof swapped);
  return bytes + sizeof swapped;
}

// The fields of a request's header, without the magic byte.
struct BinaryHeader {
  uint8_t opcode;  // may be a value that Opcode does not have
  uint8_t extras_size;
  uint16_t key_size;
  uint32_t body_size;
  uint32_t opaque;  // in wire byte order: it is only sent back
  uint64_t cas;
};

// Precondition: kBinaryHeaderSize bytes are readable.
inline BinaryHeader read_binary_header(const char* bytes) noexcept {
  BinaryHeader header;
  header.opcode = static_cast<uint8_t>(bytes[1]);
  header.key_size = load_big_endian<uint16_t>(bytes + 2);
  header.extras_size = static_cast<uint8_t>(bytes[4]);
  header.body_size = load_big_endian<uint32_t>(bytes + 8);
  std::memcpy(&header.opaque, bytes + 12, sizeof header.opaque);
  header.cas = load_big_endian<uint64_t>(bytes + 16);
  return header;
}

}  // namespace larder::protocol
