#include "server/crawler.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/store_user.h"

namespace larder::server {
namespace {

using slab::ClassCounters;
using slab::ClassSet;
using support::StoreUser;
using support::sum_of;

constexpr base::Time kFirstAt = base::Clock::kStartSeconds + Crawler::kPauseSeconds;

struct CrawlerFixture {
  CrawlerFixture() { user.now = base::Clock::kStartSeconds; }

  void step(bool starts_itself = true) {
    crawler.step(store, user.cache(), starts_itself, user.now);
  }
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

TEST_CASE("a crawl begins by itself once in a while") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.put(10, 0);
  fixture.user.now = kFirstAt - 1;
  fixture.step();
  CHECK(fixture.items() == 20);
  CHECK(fixture.crawler.start_count() == 0);
  fixture.user.now = kFirstAt;
  fixture.step();
  CHECK(fixture.items() == 10);
  CHECK(fixture.crawler.start_count() == 1);
  CHECK_FALSE(fixture.crawler.is_running());

  fixture.put(10, kFirstAt + 1);
  fixture.user.now += Crawler::kPauseSeconds - 1;
  fixture.step();
  CHECK(fixture.items() == 20);
  fixture.user.now += 1;
  fixture.step();
  CHECK(fixture.items() == 10);
  CHECK(fixture.crawler.start_count() == 2);
}

TEST_CASE("no crawl begins by itself where that is not wanted") {
  CrawlerFixture fixture;
  fixture.user.now = kFirstAt + 1000;
  fixture.step(false);
  CHECK(fixture.crawler.start_count() == 0);
}

TEST_CASE("a crawl goes on step by step and each is bounded") {
  CrawlerFixture fixture;
  constexpr int kCount = 20'000;
  fixture.put(kCount, fixture.user.now + 5);
  fixture.user.now = kFirstAt;
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

TEST_CASE("a crawl that is asked for takes larger steps, and they are bounded too") {
  CrawlerFixture fixture;
  constexpr int kCount = 50'000;
  fixture.put(kCount, fixture.user.now + 5);
  fixture.user.now += 5;
  REQUIRE(fixture.crawler.start(ClassSet().set()));
  fixture.step();
  CHECK(fixture.crawler.is_running());
  CHECK(fixture.items() >= kCount - Crawler::kChunksPerStepAsked);
  CHECK(fixture.items() < kCount - Crawler::kChunksPerStep);
}

TEST_CASE("a crawl that is asked for begins at once and keeps others from it") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.user.now += 5;
  CHECK(fixture.crawler.start(ClassSet().set()));
  CHECK(fixture.crawler.is_running());
  CHECK_FALSE(fixture.crawler.start(ClassSet().set()));
  fixture.step(false);
  CHECK(fixture.items() == 0);
  CHECK_FALSE(fixture.crawler.is_running());
  CHECK(fixture.crawler.start(ClassSet().set()));
  CHECK(fixture.crawler.start_count() == 2);
}

TEST_CASE("a crawl keeps to the classes that were asked for") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.user.now += 5;
  ClassSet others = ClassSet().set();
  others.reset(fixture.store.class_of(4, 0, 1));
  REQUIRE(fixture.crawler.start(others));
  fixture.step();
  CHECK_FALSE(fixture.crawler.is_running());
  CHECK(fixture.items() == 10);
}

TEST_CASE("a crawl that has begun by itself gives way to one that is asked for") {
  CrawlerFixture fixture;
  fixture.put(20'000, 0);
  fixture.user.now = kFirstAt;
  fixture.step();
  REQUIRE(fixture.crawler.is_running());
  CHECK(fixture.crawler.start(ClassSet().set()));
  CHECK(fixture.crawler.start_count() == 2);
}

TEST_CASE("a crawl can be left") {
  CrawlerFixture fixture;
  fixture.put(10, fixture.user.now + 5);
  fixture.user.now += 5;
  REQUIRE(fixture.crawler.start(ClassSet().set()));
  fixture.crawler.stop();
  CHECK_FALSE(fixture.crawler.is_running());
  fixture.step(false);
  CHECK(fixture.items() == 10);
}

}  // namespace
}  // namespace larder::server
