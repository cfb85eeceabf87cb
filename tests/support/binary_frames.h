// Builds and parses frames of the binary dialect, independently of the code in protocol/.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace larder::support {

struct BinaryRequest {
  uint8_t opcode = 0;
  std::string extras = {};
  std::string key = {};
  std::string value = {};
  uint32_t opaque = 0xdeadbeef;
  uint64_t cas = 0;
  int body_size_error = 0;  // added to the body size in the header
};

inline std::string big_endian(uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(number >> (8 * i));
  return text;
}

inline std::string frame_of(const BinaryRequest& request) {
  const size_t body_size = request.extras.size() + request.key.size() + request.value.size();
  std::string frame("\x80");
  frame += static_cast<char>(request.opcode);
  frame += big_endian(request.key.size(), 2);
  frame += static_cast<char>(request.extras.size());
  frame += std::string(3, '\0');
  frame += big_endian(body_size + static_cast<uint64_t>(request.body_size_error), 4);
  frame += big_endian(request.opaque, 4) + big_endian(request.cas, 8);
  return frame + request.extras + request.key + request.value;
}

struct BinaryResponse {
  uint8_t opcode;
  uint16_t status;
  std::string extras;
  std::string key;
  std::string value;
  uint32_t opaque;
  uint64_t cas;
};

inline uint64_t number_at(std::string_view bytes, size_t offset, size_t size) {
  uint64_t number = 0;
  for (const char byte : bytes.substr(offset, size)) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

// Throws, which fails the test, if the bytes are not complete responses.
inline std::vector<BinaryResponse> responses_in(std::string_view bytes) {
  std::vector<BinaryResponse> responses;
  while (!bytes.empty()) {
    if (bytes.size() < 24 || bytes[0] != '\x81') throw std::runtime_error("no response header");
    const size_t key_size = number_at(bytes, 2, 2);
    const size_t extras_size = number_at(bytes, 4, 1);
    const size_t body_size = number_at(bytes, 8, 4);
    if (bytes.size() < 24 + body_size) throw std::runtime_error("response is cut");
    const std::string body(bytes.substr(24, body_size));
    responses.push_back({.opcode = static_cast<uint8_t>(bytes[1]),
                         .status = static_cast<uint16_t>(number_at(bytes, 6, 2)),
                         .extras = body.substr(0, extras_size),
                         .key = body.substr(extras_size, key_size),
                         .value = body.substr(extras_size + key_size),
                         .opaque = static_cast<uint32_t>(number_at(bytes, 12, 4)),
                         .cas = number_at(bytes, 16, 8)});
    bytes.remove_prefix(24 + body_size);
  }
  return responses;
}

}  // namespace larder::support
