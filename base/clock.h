// The server's clock: whole seconds since shortly before the start of the process.
//
// One thread at a time ticks it, every thread reads it; a read is one relaxed load.  Times are
// 32-bit seconds (136 years).  The clock starts at kStartSeconds, not at 0, so that an exptime of 1
// can mean "already expired", which is memcached's rule for absolute times before the start of the
// process.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder::base {

// Seconds since the clock's zero.
using Time = uint32_t;

class Clock {
 public:
  // The value at the start, which is the smallest value that now() returns.
  static constexpr Time kStartSeconds = 2;

  // `unix_now` is in seconds since 1970.
  explicit Clock(int64_t unix_now) noexcept : unix_zero_(unix_now - kStartSeconds) {}

  Time now() const noexcept { return now_.load(std::memory_order_relaxed); }

  // The Unix time of the clock's zero, and of a time on this clock.
  int64_t unix_zero() const noexcept { return unix_zero_; }
  int64_t unix_time(Time time) const noexcept { return unix_zero_ + time; }

  // Sets the time; never backwards.  One thread at a time.
  void tick(Time now) noexcept {
    if (now > now_.load(std::memory_order_relaxed)) now_.store(now, std::memory_order_relaxed);
  }

 private:
  std::atomic<Time> now_{kStartSeconds};
  int64_t unix_zero_;
};

}  // namespace larder::base
