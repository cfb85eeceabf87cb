// How a request is to be answered: what its encoder has to know and the store does not.
//
// `opaque` borrows from the input the parser was given and ends with it.
//
// Threads: plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/limits.h"

namespace larder::protocol {

enum class Dialect : uint8_t { Text, Meta, Binary };

// The meta flags that an answer shows or whose order among these counts, in the client's order.
struct AskedFlags {
  uint8_t count = 0;
  std::array<char, 11> letters{};

  const char* begin() const { return letters.data(); }
  const char* end() const { return letters.data() + count; }
};

// How to answer: everything the encoder needs and the store does not.
struct ReplyStyle {
  Dialect dialect = Dialect::Text;
  bool silent = false;           // Text, noreply: nothing is sent, not even an error
  bool quiet = false;            // Meta, q; Binary: the answer everybody expects is not sent
  bool key_is_base64 = false;    // Meta, b: the request's key, and how it is shown
  uint8_t opcode = 0;            // Binary: as the client sent it
  AskedFlags asked = {};         // Meta
  uint32_t binary_opaque = 0;    // Binary: to be sent back
  std::string_view opaque = {};  // Meta: O and its token
};

// Of what follows a value in the stream: "\r\n" or nothing.
inline size_t terminator_size(const ReplyStyle& style) {
  return style.dialect == Dialect::Binary ? 0 : kValueTerminatorSize;
}

}  // namespace larder::protocol
