// Exponential backoff with jitter: the delay doubles with each attempt up to a limit, and a random
// part of it is used, so that nodes that failed together do not all retry at once.
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

  // The limit is `milliseconds_max`, but at most kMillisecondsMax.
  Backoff(uint32_t seed, uint32_t milliseconds_max)
      : random_(seed), max_(std::min(milliseconds_max, kMillisecondsMax)) {}

  // A random delay between half of the current step and the whole step.
  uint32_t next_milliseconds() {
    const uint32_t step = step_;
    step_ = std::min(2 * step_, max_);
    return std::uniform_int_distribution<uint32_t>(step / 2, step)(random_);
  }
  void reset() { step_ = kFirstMilliseconds; }

  // A random delay from 0 to `milliseconds`, to spread reactions to the same event.
  uint32_t up_to(uint32_t milliseconds) {
    return std::uniform_int_distribution<uint32_t>(0, milliseconds)(random_);
  }

 private:
  std::minstd_rand random_;
  const uint32_t max_;
  uint32_t step_ = kFirstMilliseconds;
};

}  // namespace larder::server
