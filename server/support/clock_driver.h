// Drives base::Clock by the system's monotonic clock.
//
// A second of the server begins when a second of the wall clock began at start, so that an item
// with an absolute expiry time dies on that second.  Later jumps of the wall clock change nothing.
//
// The control thread ticks the clock once a second.  It does so late when the process was stopped
// or the host slept, so a worker does not take the clock's word for it: a ClockFollower compares
// the time at which a turn begins with the end of the clock's second.
//
// Threads: a ClockDriver may be used by any thread, a ClockFollower by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>

#include "base/clock.h"

namespace larder::server {

// When the server started, on both clocks of the system.
struct StartMoment {
  int64_t unix_seconds;                 // the second we started in
  int64_t monotonic_us_of_that_second;  // when it began
};
StartMoment start_moment_now();

// CLOCK_BOOTTIME: monotonic, and unlike CLOCK_MONOTONIC it includes the time the host slept.
int64_t monotonic_nanoseconds() noexcept;
int64_t monotonic_microseconds() noexcept;

class ClockDriver {
 public:
  // `clock` was made from `start.unix_seconds`.
  ClockDriver(base::Clock& clock, const StartMoment& start) noexcept
      : clock_(clock), start_us_(start.monotonic_us_of_that_second) {}

  const base::Clock& clock() const noexcept { return clock_; }

  // Brings the clock up to `monotonic_us`; how many microseconds later to call again: when the
  // next second begins, 1..1000000.
  int64_t step(int64_t monotonic_us) noexcept;

  // The same if the clock's second is over, else a load and a comparison.  Does nothing before the
  // first step().
  void catch_up(int64_t monotonic_ns) noexcept {
    if (monotonic_ns >= second_ends_at_ns_.load(std::memory_order_acquire)) [[unlikely]] {
      step(monotonic_ns / 1000);
    }
  }

  // What the tests' command `debugtime` asks for.  A paused clock stands still and jumps on
  // resume() to where it would be; advance() moves it by `seconds` at once, paused or not.  The
  // clock never runs backwards: it waits instead.
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

// Reads the clock for one thread, and never a second that is over.
class ClockFollower {
 public:
  // `driver` outlives this object.
  explicit ClockFollower(ClockDriver& driver) noexcept : driver_(driver) {}

  // Call one of these before now(): with the time if it is known anyway, else without.  The latter
  // reads the system's coarse clock, which is cheap everywhere, and the exact one only if the
  // coarse one has moved since the last call, so at most once in 1 to 10 milliseconds.
  void catch_up(int64_t monotonic_ns) noexcept { driver_.catch_up(monotonic_ns); }
  void catch_up() noexcept;

  base::Time now() const noexcept { return driver_.clock().now(); }

 private:
  ClockDriver& driver_;
  int64_t seen_coarse_ns_ = -1;
};

}  // namespace larder::server
