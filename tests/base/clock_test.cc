#include "base/clock.h"

#include <catch2/catch.hpp>

namespace larder::base {
namespace {

TEST_CASE("a clock starts above zero") {
  const Clock clock(1'700'000'000);
  CHECK(clock.now() == Clock::kStartSeconds);
  CHECK(clock.now() > 1);
  CHECK(clock.unix_time(clock.now()) == 1'700'000'000);
}

TEST_CASE("a tick advances both times") {
  Clock clock(1'700'000'000);
  clock.tick(clock.now() + 90);
  CHECK(clock.now() == Clock::kStartSeconds + 90);
  CHECK(clock.unix_time(clock.now()) == 1'700'000'090);
}

TEST_CASE("time never goes backwards") {
  Clock clock(1'700'000'000);
  clock.tick(100);
  clock.tick(99);
  CHECK(clock.now() == 100);
}

TEST_CASE("times after 2106 remain distinct") {
  Clock clock(1'700'000'000);
  clock.tick(4'000'000'000);
  CHECK(clock.unix_time(clock.now()) == 1'700'000'000 + 4'000'000'000 - Clock::kStartSeconds);
}

}  // namespace
}  // namespace larder::base
