#include "server/support/clock_driver.h"

#include <time.h>

#include <algorithm>
#include <limits>

namespace larder::server {

namespace {

constexpr int64_t kMicrosecondsPerSecond = 1'000'000;

int64_t nanoseconds_of(clockid_t id) noexcept {
  timespec time;
  ::clock_gettime(id, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

base::Time clamped(int64_t seconds) {
  return static_cast<base::Time>(
      std::clamp<int64_t>(seconds, 0, std::numeric_limits<base::Time>::max()));
}

}  // namespace

int64_t monotonic_nanoseconds() noexcept { return nanoseconds_of(CLOCK_BOOTTIME); }

int64_t monotonic_microseconds() noexcept { return monotonic_nanoseconds() / 1000; }

StartMoment start_moment_now() {
  const int64_t wall_us = nanoseconds_of(CLOCK_REALTIME) / 1000;
  const int64_t monotonic_us = monotonic_microseconds();
  return {wall_us / kMicrosecondsPerSecond, monotonic_us - wall_us % kMicrosecondsPerSecond};
}

int64_t ClockDriver::step(int64_t monotonic_us) noexcept {
  const int64_t elapsed_us = std::max<int64_t>(monotonic_us - start_us_, 0);
  const int64_t left_us = kMicrosecondsPerSecond - elapsed_us % kMicrosecondsPerSecond;
  const std::lock_guard lock(mutex_);
  if (!is_paused_) {
    clock_.tick(clamped(int64_t{base::Clock::kStartSeconds} + elapsed_us / kMicrosecondsPerSecond +
                        advanced_seconds_));
  }
  // After the tick, so that a thread that sees the new end also sees the new second.
  second_ends_at_ns_.store((start_us_ + elapsed_us + left_us) * 1000, std::memory_order_release);
  return left_us;
}

void ClockDriver::pause() noexcept {
  const std::lock_guard lock(mutex_);
  is_paused_ = true;
}

void ClockDriver::resume() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_paused_ = false;
  }
  step(monotonic_microseconds());
}

void ClockDriver::advance(int64_t seconds) noexcept {
  constexpr int64_t kYears = int64_t{1} << 31;  // prevents overflow of sums
  const std::lock_guard lock(mutex_);
  const int64_t step_seconds = std::clamp(seconds, -kYears, kYears);
  advanced_seconds_ = std::clamp(advanced_seconds_ + step_seconds, -kYears, kYears);
  clock_.tick(clamped(int64_t{clock_.now()} + step_seconds));
}

void ClockFollower::catch_up() noexcept {
  const int64_t coarse_ns = nanoseconds_of(CLOCK_MONOTONIC_COARSE);
  if (coarse_ns == seen_coarse_ns_) return;
  seen_coarse_ns_ = coarse_ns;
  driver_.catch_up(monotonic_nanoseconds());
}

}  // namespace larder::server
