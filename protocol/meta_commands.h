// The meta commands except `ms`, which is a Write.
//
// A key may be sent in base64.  It is then kept as it was sent, and ReplyStyle::key_is_base64 is
// set.  The parser has checked that base::decode_base64() can decode it.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::protocol {

// mg.  An exptime takes effect at the place of its flag (T, N or R) in ReplyStyle::asked.
struct MetaGet {
  std::string_view key = {};
  bool wants_value = false;
  bool is_access = true;  // false with u: the item does not count as used
  bool creates = false;   // N
  bool touches = false;   // T
  bool recaches = false;  // R
  int32_t exptime = 0;
  int32_t creation_exptime = 0;
  int32_t recache_exptime = 0;
  std::optional<uint64_t> known_cas = {};  // the client already has the value with this CAS id
  std::optional<uint64_t> new_cas = {};    // for a created item
};

// md.
struct MetaRemove {
  std::string_view key = {};
  bool invalidates = false;              // I: the item stays and is marked stale
  bool empties = false;                  // x: the item stays without its value
  uint32_t flags = 0;                    // F, used if `empties`
  std::optional<int32_t> exptime = {};   // T, used if the item stays
  std::optional<uint64_t> cas = {};      // C: the item must have this CAS id
  std::optional<uint64_t> new_cas = {};  // E
};

// ma.  An exptime takes effect at the place of its flag (T or N) in ReplyStyle::asked.
struct MetaArithmetic {
  std::string_view key = {};
  bool decrements = false;
  bool wants_value = false;
  bool creates = false;  // N
  bool touches = false;  // T
  int32_t exptime = 0;
  int32_t creation_exptime = 0;
  uint64_t delta = 1;
  uint64_t initial = 0;  // the value of a created item
  uint64_t cas = 0;      // the item must have this CAS id; 0: any
  std::optional<uint64_t> new_cas = {};
};

// me: shows an item's metadata and does not count as an access.
struct MetaDebug {
  std::string_view key = {};
};

}  // namespace larder::protocol
