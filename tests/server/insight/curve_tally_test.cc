#include "server/insight/curve_tally.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("there is no ratio before there was a get") {
  CurveTally tally(0);
  CHECK_FALSE(tally.hit_ratios());
  tally.count_gets(1, 0, 1);
  CHECK(tally.hit_ratios());
}

TEST_CASE("gets that were not judged are left out, each for those that it stands for") {
  CurveTally tally(0);
  tally.count_gets(100, 5, 0.1);
  for (size_t number = 0; number < kMiniatureCount; ++number) tally.count_miss(number, 10);
  tally.count_miss_of_store(10);
  CHECK((*tally.hit_ratios())[2] == Approx(0.8));
  tally.count_gets(90, 0, 0.1);  // counters were read a moment earlier
  CHECK((*tally.hit_ratios())[2] == Approx(0.8));
}

TEST_CASE("the ratio at the store's own size is what its lookups say and corrects the others") {
  CurveTally tally(0);
  tally.count_gets(100, 0, 1);
  const double misses[] = {80, 60, 50, 25, 0};
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    tally.count_miss(number, misses[number]);
  }
  tally.count_lookups({.hits = 40, .misses = 60});
  const CurveTally::HitRatios ratios = *tally.hit_ratios();
  CHECK(ratios[2] == Approx(0.4));
  CHECK(ratios[0] == Approx(0.2 * 0.4 / 0.5));
  CHECK(ratios[3] == Approx(1 - 0.25 * 0.6 / 0.5));
  CHECK(ratios[4] == Approx(1));
}

TEST_CASE("what was counted is halved in five minutes") {
  CurveTally tally(100);
  tally.count_gets(100, 0, 1);
  tally.count_miss(0, 100);
  tally.fade(100 + 300);
  tally.count_gets(150, 0, 1);
  CHECK((*tally.hit_ratios())[0] == Approx(0.5));
}

}  // namespace
}  // namespace larder::server
