// How long to wait before trying again: twice as long each time, up to a limit, and by chance a
// part of that, so that those who lost the same thing do not all come back at once.
//
// Threads: one owner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace larder::server {

class Backoff {
 public:
  static constexpr uint32_t kFirstMilliseconds = 100;
  static constexpr uint32_t kMillisecondsMax = 2000;

  // `milliseconds_max`: the limit, if it is below kMillisecondsMax.
  Backoff(uint32_t seed, uint32_t milliseconds_max)
      : random_(seed), max_(std::min(milliseconds_max, kMillisecondsMax)) {}

  // Between half of the present step and all of it.
  uint32_t next_milliseconds() {
    const uint32_t step = step_;
    step_ = std::min(2 * step_, max_);
    return std::uniform_int_distribution<uint32_t>(step / 2, step)(random_);
  }
  void reset() { step_ = kFirstMilliseconds; }

  // From 0 to that, for those who have seen the same thing.
  uint32_t up_to(uint32_t milliseconds) {
    return std::uniform_int_distribution<uint32_t>(0, milliseconds)(random_);
  }

 private:
  std::minstd_rand random_;
  const uint32_t max_;
  uint32_t step_ = kFirstMilliseconds;
};

}  // namespace larder::server
