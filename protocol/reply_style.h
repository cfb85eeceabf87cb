// How to reply to a request: the information that encoders need and the store does not.
//
// `opaque` borrows from the input that was given to the parser and is valid only as long as it is.
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

// The meta flags that the reply shows, and those whose position among these matters, in the order
// of the request.
struct AskedFlags {
  uint8_t count = 0;
  std::array<char, 11> letters{};

  const char* begin() const { return letters.data(); }
  const char* end() const { return letters.data() + count; }
};

// How to reply: the information that encoders need and the store does not.
struct ReplyStyle {
  Dialect dialect = Dialect::Text;
  bool silent = false;           // Text, noreply: nothing is sent, not even an error
  bool quiet = false;            // Meta, q; Binary: the expected reply is not sent
  bool key_is_base64 = false;    // Meta, b: the key in the request and in the reply
  uint8_t opcode = 0;            // Binary: as sent by the client
  AskedFlags asked = {};         // Meta
  uint32_t binary_opaque = 0;    // Binary: sent back in the reply
  std::string_view opaque = {};  // Meta: O and its token
};

// The size of the terminator after a value: that of "\r\n", or 0 in the binary protocol.
inline size_t terminator_size(const ReplyStyle& style) {
  return style.dialect == Dialect::Binary ? 0 : kValueTerminatorSize;
}

}  // namespace larder::protocol
