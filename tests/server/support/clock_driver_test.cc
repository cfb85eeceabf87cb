#include "server/support/clock_driver.h"

#include <catch2/catch.hpp>
#include <ctime>

namespace larder::server {
namespace {

constexpr base::Time kStart = base::Clock::kStartSeconds;
constexpr int64_t kSecond = 1'000'000;  // in microseconds

TEST_CASE("the clock counts whole seconds since the start") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 5 * kSecond});
  CHECK(driver.step(5 * kSecond) == kSecond);
  CHECK(clock.now() == kStart);
  CHECK(driver.step(6 * kSecond - 1) == 1);
  CHECK(clock.now() == kStart);
  CHECK(driver.step(6 * kSecond) == kSecond);
  CHECK(clock.now() == kStart + 1);
  CHECK(driver.step(95 * kSecond + 250'000) == 750'000);
  CHECK(clock.now() == kStart + 90);
  CHECK(clock.unix_time(clock.now()) == 1090);
}

TEST_CASE("times before the start count as the start") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 5 * kSecond});
  CHECK(driver.step(1 * kSecond) == kSecond);
  CHECK(clock.now() == kStart);
}

TEST_CASE("the start time lies on a whole second of the wall clock") {
  const StartMoment start = start_moment_now();
  const int64_t since = monotonic_microseconds() - start.monotonic_us_of_that_second;
  CHECK(since >= 0);
  const std::time_t now = std::time(nullptr);
  // time() may lag by a tick, and a second may have begun between the calls.
  CHECK(start.unix_seconds + since / kSecond >= now - 1);
  CHECK(start.unix_seconds <= now + 1);
}

TEST_CASE("an advanced clock jumps at once and keeps its lead") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 0});
  driver.advance(10);
  CHECK(clock.now() == kStart + 10);
  driver.step(2 * kSecond);
  CHECK(clock.now() == kStart + 12);
  driver.advance(5);
  CHECK(clock.now() == kStart + 17);
}

TEST_CASE("a clock that is set back stops until time has caught up") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 0});
  driver.step(10 * kSecond);
  driver.advance(-3);
  CHECK(clock.now() == kStart + 10);
  driver.step(12 * kSecond);
  CHECK(clock.now() == kStart + 10);
  driver.step(14 * kSecond);
  CHECK(clock.now() == kStart + 11);
}

TEST_CASE("a paused clock stops but can be advanced") {
  base::Clock clock(1000);
  const int64_t now = monotonic_microseconds();
  ClockDriver driver(clock, {1000, now - 100 * kSecond});
  driver.pause();
  driver.step(now);
  CHECK(clock.now() == kStart);
  driver.advance(4);
  CHECK(clock.now() == kStart + 4);
  driver.resume();
  CHECK(clock.now() >= kStart + 104);
}

TEST_CASE("catching up ticks when the second has ended, and not before") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 5 * kSecond});
  driver.catch_up(1000 * kSecond * 1000);  // before the first step
  CHECK(clock.now() == kStart);
  driver.step(5 * kSecond + 300'000);
  driver.catch_up((6 * kSecond - 1) * 1000);
  CHECK(clock.now() == kStart);
  driver.catch_up(6 * kSecond * 1000);
  CHECK(clock.now() == kStart + 1);
  driver.catch_up((7 * kSecond - 1) * 1000);
  CHECK(clock.now() == kStart + 1);
  driver.catch_up(95 * kSecond * 1000);  // no tick for a minute and a half
  CHECK(clock.now() == kStart + 90);
  CHECK(driver.step(95 * kSecond + 1) == kSecond - 1);
}

TEST_CASE("a paused clock does not catch up, and an advanced one keeps its lead") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 0});
  driver.step(0);
  driver.advance(10);
  driver.catch_up(2 * kSecond * 1000);
  CHECK(clock.now() == kStart + 12);
  driver.pause();
  driver.catch_up(20 * kSecond * 1000);
  CHECK(clock.now() == kStart + 12);
}

TEST_CASE("a follower reads the current second") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, monotonic_microseconds() - 10 * kSecond});
  ClockFollower follower(driver);
  driver.step(monotonic_microseconds() - 7 * kSecond);  // no tick for seven seconds
  CHECK(clock.now() == kStart + 3);
  follower.catch_up();
  CHECK(follower.now() >= kStart + 10);

  base::Clock other(1000);
  ClockDriver late(other, {1000, 0});
  late.step(0);
  ClockFollower exact(late);
  exact.catch_up(7 * kSecond * 1000);
  CHECK(exact.now() == kStart + 7);
}

TEST_CASE("a too large advance saturates") {
  base::Clock clock(1000);
  ClockDriver driver(clock, {1000, 0});
  driver.advance(INT64_MAX);
  driver.advance(INT64_MAX);
  const base::Time far = clock.now();
  CHECK(far > kStart);
  driver.advance(INT64_MIN);
  CHECK(clock.now() == far);
}

}  // namespace
}  // namespace larder::server
