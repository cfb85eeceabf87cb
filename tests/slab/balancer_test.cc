#include "slab/balancer.h"

#include <catch2/catch.hpp>

namespace larder::slab {
namespace {

// Two full classes that evict; the ghosts know how many of the evicted come back.
struct Bench {
  Balancer::Figures small{.page_count = 100, .chunks_per_page = 500};
  Balancer::Figures large{.page_count = 100, .chunks_per_page = 60};
  Balancer balancer;
  base::Time now = 100;

  static void evict(Balancer::Figures& figures, uint64_t count, uint64_t returned) {
    figures.evicted += count;
    figures.forced += count;
    figures.returned += returned;
  }
  std::optional<Balancer::Transfer> second(int eagerness = 1) {
    balancer.report(1, small);
    balancer.report(2, large);
    balancer.advance(now++);
    return balancer.choose(3, 50'000, eagerness);
  }
};

TEST_CASE("a page goes to the class with the most hits in its ghosts") {
  Bench bench;
  bench.second();
  Bench::evict(bench.small, 10'000, 100);
  Bench::evict(bench.large, 10'000, 9'000);
  const auto transfer = bench.second();
  REQUIRE(transfer);
  CHECK(transfer->from == 1);
  CHECK(transfer->to == 2);
  CHECK(transfer->page_count == 1);
}

TEST_CASE("classes with similar gains keep their pages") {
  Bench bench;
  bench.large.chunks_per_page = 500;
  bench.second();
  Bench::evict(bench.small, 10'000, 5'000);
  Bench::evict(bench.large, 10'000, 6'500);
  CHECK_FALSE(bench.second());
  CHECK(bench.second(2));
}

TEST_CASE("a class without evictions is judged by the reads of its next page") {
  Bench bench;
  bench.second();
  Bench::evict(bench.large, 10'000, 5'000);
  bench.small.reads_of_next_page = 1'000;
  CHECK_FALSE(bench.second());
  bench.small.reads_of_next_page = 0;
  CHECK(bench.second());
}

TEST_CASE("a class that has not used its last page gets no further one") {
  Bench bench;
  bench.second();
  Bench::evict(bench.large, 10'000, 9'000);
  bench.large.free_count = 60;
  CHECK_FALSE(bench.second());
  bench.large.free_count = 59;
  CHECK(bench.second());
}

TEST_CASE("a class is never left without a page") {
  Bench bench;
  bench.small.page_count = 1;
  bench.second();
  Bench::evict(bench.large, 10'000, 9'000);
  CHECK_FALSE(bench.second());
}

TEST_CASE("a class that has gained pages loses none for a while") {
  Bench bench;
  bench.second();
  Bench::evict(bench.large, 10'000, 9'000);
  REQUIRE(bench.second());
  Bench::evict(bench.small, 1'000'000, 900'000);
  int waited = 0;
  while (!bench.second() && waited < 20) {
    Bench::evict(bench.small, 1'000'000, 900'000);
    ++waited;
  }
  CHECK(waited >= 3);
  CHECK(waited < 10);
}

TEST_CASE("a class that has lost pages gains none for a while") {
  Bench bench;
  Balancer::Figures idle{.page_count = 100, .chunks_per_page = 60, .reads_of_next_page = 1e9};
  const auto second = [&] {
    bench.balancer.report(3, idle);
    return bench.second();
  };
  second();
  Bench::evict(bench.large, 10'000, 9'000);
  const auto lost = second();
  REQUIRE(lost);
  REQUIRE(lost->from == 1);
  idle.reads_of_next_page = 0;
  int waited = 0;
  for (; waited < 20; ++waited) {
    Bench::evict(bench.small, 1'000'000, 900'000);
    const auto transfer = second();
    if (transfer && transfer->to == 1) break;
  }
  CHECK(waited >= 3);
  CHECK(waited < 10);
}

TEST_CASE("evictions that another class causes are no reason for a page") {
  Bench bench;
  bench.second();
  bench.large.evicted += 10'000;
  bench.large.returned += 9'000;
  CHECK_FALSE(bench.second());
}

}  // namespace
}  // namespace larder::slab
