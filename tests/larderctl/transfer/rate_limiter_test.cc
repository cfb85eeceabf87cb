#include "larderctl/transfer/rate_limiter.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

using std::chrono::milliseconds;
using Time = RateLimiter::Time;

const Time kStart = Time() + std::chrono::hours(1);

// How many turns there are when each is waited for.
int turns_in(RateLimiter& limiter, Time begin, milliseconds span) {
  int count = 0;
  for (Time now = begin; now < begin + span; now = std::max(limiter.next(), now)) {
    if (limiter.take(now)) ++count;
  }
  return count;
}

TEST_CASE("without a rate there is always a turn") {
  RateLimiter limiter(0);
  for (int i = 0; i < 1000; ++i) CHECK(limiter.take(kStart));
}

TEST_CASE("a rate is kept over a second") {
  RateLimiter limiter(1000);
  const int count = turns_in(limiter, kStart, milliseconds(1000));
  CHECK(count >= 1000);
  CHECK(count <= 1101);
}

TEST_CASE("what was not used is lost but for a tenth of a second's") {
  RateLimiter limiter(100);
  REQUIRE(limiter.take(kStart));
  const Time later = kStart + std::chrono::hours(1);
  int count = 0;
  while (limiter.take(later)) ++count;
  CHECK(count == 10);
  CHECK(limiter.next() == later + milliseconds(10));
}

TEST_CASE("one item a second is one each second") {
  RateLimiter limiter(1);
  CHECK(limiter.take(kStart));
  CHECK_FALSE(limiter.take(kStart + milliseconds(999)));
  CHECK(limiter.take(kStart + milliseconds(1000)));
  CHECK_FALSE(limiter.take(kStart + milliseconds(1001)));
}

}  // namespace
}  // namespace larder::ctl
