// At most so many items a second, evenly: never more than a tenth of a second's at once.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>

namespace larder::ctl {

class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // 0: no limit.
  explicit RateLimiter(uint64_t per_second) noexcept;

  // Takes one item's turn, if there is one at `now`, which never goes back.
  bool take(Time now) noexcept;
  // When there is the next turn.
  Time next() const noexcept { return due_; }

 private:
  std::chrono::nanoseconds pause_;  // from one turn to the next; 0: no limit
  std::chrono::nanoseconds burst_;
  Time due_{};
};

}  // namespace larder::ctl
