// Commands of the classic text protocol on items.  A Write also represents `ms` and the write
// commands of the binary protocol.
//
// Keys borrow from the input; the parser has checked that they are 1 to kKeySizeMax bytes long.
// Exptimes are those that the client sent, not yet points in time: see server/support/exptime.h.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

// get, gets, gat, gats.
struct Get {
  std::string_view key = {};  // the first key
  // The rest of the line if it has more keys: checked keys, separated by spaces.  See next_key().
  std::string_view more_keys = {};
  bool with_cas = false;  // gets, gats
  bool touches = false;   // gat, gats
  int32_t exptime = 0;    // used if `touches`
};

enum class WriteMode : uint8_t { Set, Add, Replace, Append, Prepend, Cas };

// The head of a write; the value follows in the stream.
struct Write {
  WriteMode mode = WriteMode::Set;
  bool may_be_stale = false;  // Cas only: a stale item also accepts an id lower than its own
  bool creates = false;       // Append and Prepend: a missing item is created
  std::string_view key = {};
  uint32_t flags = 0;
  int64_t exptime = 0;
  // For mode Cas.  The other modes also compare it if it is not 0.  In the binary protocol, a Set,
  // Add or Replace with an id becomes a Cas if CAS is enabled.
  uint64_t cas = 0;
  uint64_t new_cas = 0;     // the item's new id; 0: the next one
  uint32_t value_size = 0;  // in bytes, without the terminator
};

struct Remove {
  std::string_view key = {};
};

struct Touch {
  std::string_view key = {};
  int32_t exptime = 0;
};

// incr and decr.
struct Arithmetic {
  std::string_view key = {};
  uint64_t delta = 0;
  bool decrements = false;
};

// Removes the first key from `rest` and returns it; iterates over Get::more_keys.  Returns an empty
// view when no key is left.
std::string_view next_key(std::string_view& rest) noexcept;

}  // namespace larder::protocol
