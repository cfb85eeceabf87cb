// The server's clock: whole seconds since a little before the process started.
//
// One thread at a time ticks it, every thread reads it; a read is one relaxed load.  Times are
// 32-bit seconds (136 years).  The start is kStartSeconds and not 0, so that "one second after the
// epoch of this clock" can stand for "long dead" in an exptime: memcached's rule for absolute times
// that lie before the start of the process.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder::base {

// Seconds since Clock's own zero.
using Time = uint32_t;

class Clock {
 public:
  // The value at start, and so the smallest value now() ever returns.
  static constexpr Time kStartSeconds = 2;

  // `unix_now` in seconds since 1970.
  explicit Clock(int64_t unix_now) noexcept : unix_zero_(unix_now - kStartSeconds) {}

  Time now() const noexcept { return now_.load(std::memory_order_relaxed); }

  // Unix time of this clock's zero, and of a moment on it.
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
