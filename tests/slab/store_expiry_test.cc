// What is dead gives its memory back though nobody asks for it.

#include <catch2/catch.hpp>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

Options options_of_test() {
  Options options;
  options.memory_bytes_max = size_t{16} << 20;
  options.hash_power = 0;
  options.thread_count_max = 2;
  return options;
}

std::string name_of(uint64_t i) { return "key" + std::to_string(i); }

// Ten steps of maintenance in each of so many seconds.
void pass(StoreUser& user, int seconds) {
  for (int second = 0; second < seconds; ++second) {
    ++user.now;
    for (int i = 0; i < 10; ++i) user.maintain();
  }
}

TEST_CASE("dead items are removed soon, and live ones stay") {
  Store store(options_of_test());
  StoreUser user(store);
  for (uint64_t i = 0; i < 20'000; ++i) {
    const base::Time exptime = i % 4 == 0 ? 0 : user.now + (i % 4 == 1 ? 1000 : 2);
    REQUIRE(user.set(name_of(i), "value", exptime));
  }
  pass(user, 2);
  CHECK(sum_of(store, &ClassCounters::items) == 20'000);
  pass(user, 2);
  CHECK(sum_of(store, &ClassCounters::items) == 10'000);
  CHECK(sum_of(store, &ClassCounters::crawler_reclaimed) == 10'000);
  CHECK(sum_of(store, &ClassCounters::expired_unfetched) == 10'000);
  CHECK(sum_of(store, &ClassCounters::reclaimed) == 0);
  CHECK(sum_of(store, &ClassCounters::crawler_items_checked) >= 20'000);
  for (uint64_t i = 0; i < 20'000; ++i) REQUIRE(user.get(name_of(i)).has_value() == (i % 4 < 2));
  pass(user, 1000);
  CHECK(sum_of(store, &ClassCounters::items) == 5'000);
  store.verify();
}

TEST_CASE("memory of dead items returns to the pool") {
  Store store(options_of_test());
  StoreUser user(store);
  for (uint64_t i = 0; i < 2'000; ++i) {
    REQUIRE(user.set(name_of(i), pattern(i, i % 2 == 0 ? 500 : 12'000), user.now + 5));
  }
  REQUIRE(store.inspect().pool().pages_in_use() > 150);
  pass(user, 8);
  user.on_turn();
  CHECK(sum_of(store, &ClassCounters::items) == 0);
  CHECK(sum_of(store, &ClassCounters::pieces) == 0);
  CHECK(store.inspect().pool().pages_in_use() < 10);
  store.verify();
}

TEST_CASE("pages without due items are not visited") {
  Store store(options_of_test());
  StoreUser user(store);
  for (uint64_t i = 0; i < 20'000; ++i) {
    REQUIRE(user.set(name_of(i), "value", i % 2 == 0 ? 0 : user.now + 10'000));
  }
  REQUIRE(user.set("short", pattern(1, 3'000), user.now + 2));
  pass(user, 100);
  CHECK(sum_of(store, &ClassCounters::items) == 20'000);
  CHECK(sum_of(store, &ClassCounters::crawler_items_checked) < 30);
}

TEST_CASE("a touch may extend or shorten a lifetime") {
  Store store(options_of_test());
  StoreUser user(store);
  REQUIRE(user.set("prolonged", "value", user.now + 2));
  REQUIRE(user.set("shortened", "value", user.now + 1000));
  REQUIRE(user.set("mortal", "value"));
  REQUIRE(user.set("counter", "1"));
  REQUIRE(user.set("kept", "value", user.now + 2));
  REQUIRE(user.touch("prolonged", user.now + 50));
  REQUIRE(user.touch("shortened", user.now + 2));
  REQUIRE(user.touch("mortal", user.now + 2));
  REQUIRE(user.touch("kept", 0));
  Counted counted;
  REQUIRE(store.change_counter(user.cache(), user.key("counter"), {.exptime = user.now + 2},
                               user.now, &counted) == ArithmeticOutcome::Done);
  pass(user, 5);
  CHECK(sum_of(store, &ClassCounters::items) == 2);
  CHECK(user.get("prolonged"));
  CHECK(user.get("kept"));
  pass(user, 50);
  CHECK(sum_of(store, &ClassCounters::items) == 1);
  CHECK(sum_of(store, &ClassCounters::crawler_reclaimed) == 4);
  store.verify();
}

TEST_CASE("flushed items are found") {
  Store store(options_of_test());
  StoreUser user(store);
  for (uint64_t i = 0; i < 10'000; ++i) REQUIRE(user.set(name_of(i), "value"));
  store.flush_all(user.now);
  REQUIRE(user.set("after", "value"));
  pass(user, 3);
  CHECK(sum_of(store, &ClassCounters::items) == 1);
  CHECK(user.get("after"));
}

TEST_CASE("one step does a limited amount of work") {
  Store store(options_of_test());
  StoreUser user(store);
  for (uint64_t i = 0; i < 100'000; ++i) REQUIRE(user.set(name_of(i), "value", user.now + 2));
  user.now += 10;
  user.maintain();
  uint64_t left = sum_of(store, &ClassCounters::items);
  while (left > 0) {
    user.maintain();
    const uint64_t now_left = sum_of(store, &ClassCounters::items);
    REQUIRE(now_left < left);
    REQUIRE(left - now_left < 20'000);
    left = now_left;
  }
}

TEST_CASE("without the crawler dead items stay until they are accessed") {
  Store store(options_of_test());
  StoreUser user(store);
  store.maintenance().set_crawls(false);
  REQUIRE(user.set("a", "value", user.now + 2));
  pass(user, 5);
  CHECK(sum_of(store, &ClassCounters::items) == 1);
  store.maintenance().set_crawls(true);
  pass(user, 1);
  CHECK(sum_of(store, &ClassCounters::items) == 0);
}

TEST_CASE("all pages of expired large values become available") {
  Options options;
  options.memory_bytes_max = size_t{16} << 20;
  options.thread_count_max = 2;
  Store store(options);
  StoreUser writer(store);
  StoreUser control(store);
  const std::string value = support::pattern(1, 66'560);
  const auto fill = [&] {
    for (int i = 0; i < 10; ++i) {
      REQUIRE(writer.set("k" + std::to_string(i), value, writer.now + 2));
    }
    return store.inspect().pool().pages_in_use();
  };
  const size_t first = fill();
  writer.now = control.now += 3;
  for (int i = 0; i < 10; ++i) control.maintain();
  REQUIRE(support::sum_of(store, &ClassCounters::items) == 0);
  CHECK(store.inspect().pool().pages_in_use() <= first / 2);
  CHECK(fill() == first);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
