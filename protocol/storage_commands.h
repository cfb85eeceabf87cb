// The commands of classic text on items; a Write is also what `ms` and binary's writes become.
//
// Keys borrow from the input and are 1 to kKeySizeMax bytes, checked by the parser.  Exptimes are
// as the client sent them and not yet moments: see server/support/exptime.h.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

// get, gets, gat, gats.
struct Get {
  std::string_view key = {};  // the first key
  // The raw rest of the line: keys among spaces, each checked; or empty.  See next_key().
  std::string_view more_keys = {};
  bool with_cas = false;  // gets, gats
  bool touches = false;   // gat, gats
  int32_t exptime = 0;    // if it touches
};

enum class WriteMode : uint8_t { Set, Add, Replace, Append, Prepend, Cas };

// A head; its value follows it in the stream.
struct Write {
  WriteMode mode = WriteMode::Set;
  bool may_be_stale = false;  // if mode is Cas: older than the item's id is good for a stale item
  bool creates = false;       // Append and Prepend: what is missing is created
  std::string_view key = {};
  uint32_t flags = 0;
  int64_t exptime = 0;
  // If mode is Cas; the others compare it too if it is not 0.  In binary a Set, Add or Replace that
  // does so is a Cas, where there are ids at all.
  uint64_t cas = 0;
  uint64_t new_cas = 0;     // the id the item gets; 0: a new one
  uint32_t value_size = 0;  // bytes, the terminator not counted
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

// Walks the keys of Get::more_keys: each call moves the first key of `rest` out of it.
// Returns an empty view when there is none left.
std::string_view next_key(std::string_view& rest) noexcept;

}  // namespace larder::protocol
