// The commands of the binary protocol that differ from those of the text protocol.  Exptimes are
// never negative here.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

// GET, GETK, TOUCH, GAT, GATK.
struct BinaryGet {
  std::string_view key = {};
  bool touches = false;
  bool wants_value = true;
  bool shows_key = false;  // on a miss, too
  uint32_t exptime = 0;    // used if `touches`
};

// DELETE.
struct BinaryRemove {
  std::string_view key = {};
  uint64_t cas = 0;  // the item must have this CAS id; 0: any
};

// INCREMENT and DECREMENT.
struct BinaryArithmetic {
  std::string_view key = {};
  uint64_t delta = 0;
  uint64_t initial = 0;  // the value of a created item
  uint64_t cas = 0;      // the item must have this CAS id; 0: any
  uint32_t exptime = 0;  // the exptime of a created item
  bool decrements = false;
  bool creates = false;
};

}  // namespace larder::protocol
