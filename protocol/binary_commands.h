// The binary dialect's commands that differ from those of text.  Exptimes are never negative here.
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
  uint32_t exptime = 0;    // if it touches
};

// DELETE.
struct BinaryRemove {
  std::string_view key = {};
  uint64_t cas = 0;  // the id it must have; 0: any
};

// INCREMENT and DECREMENT.
struct BinaryArithmetic {
  std::string_view key = {};
  uint64_t delta = 0;
  uint64_t initial = 0;  // what is created
  uint64_t cas = 0;      // the id it must have; 0: any
  uint32_t exptime = 0;  // of what is created
  bool decrements = false;
  bool creates = false;
};

}  // namespace larder::protocol
