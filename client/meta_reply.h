// Parses a reply of memcached's meta protocol.
//
// Threads: pure functions and plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::client {

struct MetaReply {
  enum class Code : uint8_t {
    Value,      // VA: `value` is set
    Done,       // HD
    Miss,       // EN
    NotFound,   // NF
    NotStored,  // NS
    Exists,     // EX
    Fence,      // MN
    Refused,    // an error; `value` is its text
  };

  Code code = Code::Done;
  bool has_won = false;     // W: the receiver of this reply should recompute the value
  bool is_claimed = false;  // Z: another client has received W and has not stored the value yet
  bool is_stale = false;    // X: the value was invalidated
  uint32_t flags = 0;
  uint64_t cas = 0;
  std::optional<uint64_t> opaque;
  std::string value;
};

struct MetaParsed {
  enum class Verdict : uint8_t {
    Complete,  // *reply is set; it is `size` bytes long
    NeedMore,  // incomplete; parse again when at least `size` bytes have arrived
    Broken,    // not a reply: the start of the next one is unknown
  };

  Verdict verdict;
  size_t size = 0;
};

// Parses the reply at the front of `input`.  On NeedMore and Broken, *reply is unspecified.
// Unknown flags are ignored.
[[nodiscard]] MetaParsed parse_reply(std::string_view input, MetaReply* reply);

}  // namespace larder::client
