// A fast source of random numbers that gives the same row for the same seed everywhere.
//
// Threads: one at a time.
#pragma once

#include <cstdint>

namespace larder::bench {

// splitmix64.
class Random {
 public:
  explicit Random(uint64_t seed) noexcept : state_(seed) {}

  uint64_t next() noexcept {
    uint64_t mixed = state_ += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }

  // Evenly spread over [0, bound), for a bound below 2^32.
  uint64_t below(uint64_t bound) noexcept { return ((next() >> 32) * bound) >> 32; }

 private:
  uint64_t state_;
};

}  // namespace larder::bench
