#include "server/support/backoff.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("each wait is at least half of its step, and steps double up to the limit") {
  Backoff backoff(1, 60'000);
  uint32_t step = Backoff::kFirstMilliseconds;
  for (int count = 0; count < 20; ++count) {
    const uint32_t milliseconds = backoff.next_milliseconds();
    CHECK(milliseconds >= step / 2);
    CHECK(milliseconds <= step);
    step = std::min(2 * step, Backoff::kMillisecondsMax);
  }
  CHECK(step == Backoff::kMillisecondsMax);
  backoff.reset();
  CHECK(backoff.next_milliseconds() <= Backoff::kFirstMilliseconds);
}

TEST_CASE("a smaller limit is observed") {
  Backoff backoff(1, 300);
  for (int count = 0; count < 20; ++count) CHECK(backoff.next_milliseconds() <= 300);
}

TEST_CASE("nodes that start together diverge") {
  Backoff one(1, 60'000);
  Backoff other(2, 60'000);
  int differences = 0;
  for (int count = 0; count < 20; ++count) {
    differences += one.next_milliseconds() != other.next_milliseconds();
  }
  CHECK(differences > 10);
}

}  // namespace
}  // namespace larder::server
