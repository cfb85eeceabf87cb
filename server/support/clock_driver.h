// Drives base::Clock with the system's monotonic clock.
//
// Seconds are aligned with those of the wall clock at the start, so that an item with an absolute
// expiry time expires exactly at that second.  Later jumps of the wall clock have no effect.
//
// The control thread ticks the clock once per second.  The tick is late if the process was
// suspended or the host slept, so workers use a ClockFollower, which compares the start time of a
// turn with the end of the clock's current second.
//
// Threads: a ClockDriver may be used by any thread, a ClockFollower by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>

#include "base/clock.h"

namespace larder::server {

// The start time of the server, on both system clocks.
struct StartMoment {
  int64_t unix_seconds;                 // the second in which the server started
  int64_t monotonic_us_of_that_second;  // when it began
};
StartMoment start_moment_now();

// CLOCK_BOOTTIME: monotonic, and unlike CLOCK_MONOTONIC it includes the time the host slept.
int64_t monotonic_nanoseconds() noexcept;
int64_t monotonic_microseconds() noexcept;

class ClockDriver {
 public:
  // `clock` was constructed with `start.unix_seconds`.
  ClockDriver(base::Clock& clock, const StartMoment& start) noexcept
      : clock_(clock), start_us_(start.monotonic_us_of_that_second) {}

  const base::Clock& clock() const noexcept { return clock_; }

  // Advances the clock to `monotonic_us`.  Returns the microseconds until the next second begins,
  // 1 to 1000000, when it should be called again.
  int64_t step(int64_t monotonic_us) noexcept;

  // Calls step() if the clock's current second is over; otherwise costs a load and a comparison.
  // Does nothing before the first step().
  void catch_up(int64_t monotonic_ns) noexcept {
    if (monotonic_ns >= second_ends_at_ns_.load(std::memory_order_acquire)) [[unlikely]] {
      step(monotonic_ns / 1000);
    }
  }

  // For the test command `debugtime`.  A paused clock stands still, and resume() sets it to the
  // time that it would have without the pause.  advance() moves it by `seconds` at once, even if
  // paused.  The clock never runs backwards: it waits instead.
  void pause() noexcept;
  void resume() noexcept;
  void advance(int64_t seconds) noexcept;

 private:
  base::Clock& clock_;
  const int64_t start_us_;
  std::atomic<int64_t> second_ends_at_ns_{std::numeric_limits<int64_t>::max()};
  std::mutex mutex_;  // guards what follows, and ticking
  bool is_paused_ = false;
  int64_t advanced_seconds_ = 0;
};

// Reads the clock for one thread, without returning a second that is over.
class ClockFollower {
 public:
  // `driver` outlives this object.
  explicit ClockFollower(ClockDriver& driver) noexcept : driver_(driver) {}

  // Call one of these before now(): the first if the time is known, otherwise the second.  The
  // second reads the system's coarse clock, which is cheap, and reads the exact clock only if the
  // coarse one has changed since the last call, so at most once per 1 to 10 milliseconds.
  void catch_up(int64_t monotonic_ns) noexcept { driver_.catch_up(monotonic_ns); }
  void catch_up() noexcept;

  base::Time now() const noexcept { return driver_.clock().now(); }

 private:
  ClockDriver& driver_;
  int64_t seen_coarse_ns_ = -1;
};

}  // namespace larder::server
