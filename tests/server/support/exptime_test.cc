#include "server/support/exptime.h"

#include <catch2/catch.hpp>
#include <limits>

namespace larder::server {
namespace {

constexpr int64_t kUnixStart = 1'700'000'000;
constexpr base::Time kNow = 500;

base::Time moment(int64_t exptime) {
  base::Clock clock(kUnixStart);
  clock.tick(kNow);
  return moment_of(exptime, clock, kNow);
}

TEST_CASE("an exptime of 0 means never") { CHECK(moment(0) == 0); }

TEST_CASE("an exptime of up to thirty days is relative to now") {
  CHECK(moment(1) == kNow + 1);
  CHECK(moment(100) == kNow + 100);
  CHECK(moment(2'592'000) == kNow + 2'592'000);
}

TEST_CASE("an exptime of more than thirty days is a Unix time") {
  // On this clock the process started at time 2.
  constexpr auto kStart = base::Clock::kStartSeconds;
  CHECK(moment(kUnixStart + 1) == kStart + 1);
  CHECK(moment(kUnixStart + 1000) == kStart + 1000);
  CHECK(moment(std::numeric_limits<int32_t>::max()) ==
        kStart + std::numeric_limits<int32_t>::max() - kUnixStart);
  // A date in the past, but after the start of the process: the item is already expired.
  CHECK(moment(kUnixStart + kNow - kStart - 1) < kNow);
}

TEST_CASE("an exptime that is negative or before the start has already passed") {
  for (const int64_t exptime :
       {int64_t{-1}, int64_t{-100}, int64_t{std::numeric_limits<int32_t>::min()},
        int64_t{2'592'001}, int64_t{2'678'400}, kUnixStart - 1, kUnixStart}) {
    CAPTURE(exptime);
    CHECK(moment(exptime) == kLongDead);
  }
  // Expired, and not "never", even in the first second.
  CHECK(kLongDead != 0);
  CHECK(kLongDead < base::Clock::kStartSeconds);
}

}  // namespace
}  // namespace larder::server
