// One reply of memcached's meta protocol, out of the bytes a server sent.
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
    Value,      // VA: `value` is there
    Done,       // HD
    Miss,       // EN
    NotFound,   // NF
    NotStored,  // NS
    Exists,     // EX
    Fence,      // MN
    Refused,    // an error; `value` is its line
  };

  Code code = Code::Done;
  bool has_won = false;     // W: who got this reply is to fetch the value anew
  bool is_claimed = false;  // Z: somebody else got W and has not stored yet
  bool is_stale = false;    // X: the value was invalidated
  uint32_t flags = 0;
  uint64_t cas = 0;
  std::optional<uint64_t> opaque;
  std::string value;
};

struct MetaParsed {
  enum class Verdict : uint8_t {
    Complete,  // *reply is set, from the first `size` bytes
    NeedMore,  // a proper prefix; another look is useless before there are `size` bytes
    Broken,    // no reply: where the next one starts is lost
  };

  Verdict verdict;
  size_t size = 0;
};

// Parses the reply at the front of `input`.  On NeedMore and Broken *reply is unspecified.
// Letters of flags that are unknown here are passed over.
[[nodiscard]] MetaParsed parse_reply(std::string_view input, MetaReply* reply);

}  // namespace larder::client
