#include "server/admin/crawler.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/store_user.h"

namespace larder::server {
namespace {

using slab::ClassCounters;
using slab::ClassSet;
using support::StoreUser;
using support::sum_of;

struct CrawlerFixture {
  void step() { crawler.step(store, user.cache(), user.now); }
  void put(int count, base::Time exptime) {
    for (int i = 0; i < count; ++i) {
      ASSERT(user.set("k" + std::to_string(i) + "-" + std::to_string(exptime), "x", exptime));
    }
  }
  uint64_t items() { return sum_of(store, &ClassCounters::items); }

  slab::Store store{{.memory_bytes_max = size_t{16} << 20, .chunk_sizes = {}, .hash_power = 12}};
  StoreUser user{store};
  Crawler crawler;
};

TEST_CASE("a crawl proceeds in steps of bounded size") {
  CrawlerFixture fixture;
  constexpr int kCount = 100'000;
  fixture.put(kCount, fixture.user.now + 5);
  fixture.user.now += 5;
  REQUIRE(fixture.crawler.start(ClassSet().set()));
  fixture.step();
  CHECK(fixture.crawler.is_running());
  CHECK(fixture.items() >= kCount - Crawler::kChunksPerStep);
  CHECK(fixture.items() < kCount);
  int steps = 1;
  for (; fixture.crawler.is_running(); ++steps) fixture.step();
  CHECK(steps >= kCount / static_cast<int>(Crawler::kChunksPerStep));
  CHECK(fixture.items() == 0);
  CHECK(fixture.crawler.start_count() == 1);
}

TEST_CASE("a requested crawl starts at once and blocks other crawls") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.user.now += 5;
  CHECK(fixture.crawler.start(ClassSet().set()));
  CHECK(fixture.crawler.is_running());
  CHECK_FALSE(fixture.crawler.start(ClassSet().set()));
  fixture.step();
  CHECK(fixture.items() == 0);
  CHECK_FALSE(fixture.crawler.is_running());
  CHECK(fixture.crawler.start(ClassSet().set()));
  CHECK(fixture.crawler.start_count() == 2);
}

TEST_CASE("a crawl visits only the requested classes") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.user.now += 5;
  ClassSet others = ClassSet().set();
  others.reset(fixture.store.sizes().class_of(4, 0, 1));
  REQUIRE(fixture.crawler.start(others));
  fixture.step();
  CHECK_FALSE(fixture.crawler.is_running());
  CHECK(fixture.items() == 10);
}

TEST_CASE("a crawl can be stopped") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.user.now += 5;
  REQUIRE(fixture.crawler.start(ClassSet().set()));
  fixture.crawler.stop();
  CHECK_FALSE(fixture.crawler.is_running());
  fixture.step();
  CHECK(fixture.items() == 10);
}

}  // namespace
}  // namespace larder::server
