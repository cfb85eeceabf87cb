// Drives base::Clock by the system's monotonic clock.
//
// A second of the server begins when a second of the wall clock began at start, so that an item
// with an absolute expiry time dies on that second.  Later jumps of the wall clock change nothing.
//
// Threads: step() is the control thread's; pause(), resume() and advance() are any thread's.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace larder::server {

// When the server started, on both clocks of the system.
struct StartMoment {
  int64_t unix_seconds;                 // the second we started in
  int64_t monotonic_us_of_that_second;  // when it began
};
StartMoment start_moment_now();

// CLOCK_MONOTONIC.
int64_t monotonic_nanoseconds() noexcept;
int64_t monotonic_microseconds() noexcept;

class ClockDriver {
 public:
  // `clock` was made from `start.unix_seconds`.
  ClockDriver(base::Clock& clock, const StartMoment& start) noexcept
      : clock_(clock), start_us_(start.monotonic_us_of_that_second) {}

  // Brings the clock up to `monotonic_us`; how many microseconds later to call again: when the
  // next second begins, 1..1000000.
  int64_t step(int64_t monotonic_us) noexcept;

  // What the tests' command `debugtime` asks for.  A paused clock stands still and jumps on
  // resume() to where it would be; advance() moves it by `seconds` at once, paused or not.  The
  // clock never runs backwards: it waits instead.
  void pause() noexcept;
  void resume() noexcept;
  void advance(int64_t seconds) noexcept;

 private:
  base::Clock& clock_;
  const int64_t start_us_;
  std::mutex mutex_;  // guards what follows, and ticking
  bool is_paused_ = false;
  int64_t advanced_seconds_ = 0;
};

}  // namespace larder::server
