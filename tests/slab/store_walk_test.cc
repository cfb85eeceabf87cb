// Walking over all items, collecting the dead, and giving pages up.

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

Options memory_of(size_t megabytes) {
  Options options;
  options.memory_bytes_max = megabytes << 20;
  return options;
}

ClassSet every_class() { return ClassSet().set(); }

// What a walk in pieces of `chunk_count_max` chunks comes by, and how often.
std::map<std::string, int> walked(Store& store, const ClassSet& classes, size_t chunk_count_max,
                                  base::Time now) {
  std::map<std::string, int> found;
  WalkPlace place;
  size_t pieces_left = 1'000'000;
  const auto visit = [&](const ItemView& view) {
    ++found[std::string(view.key())];
    return true;
  };
  while (store.inspect().walk(place, classes, chunk_count_max, now, visit))
    REQUIRE(--pieces_left > 0);
  return found;
}

// Items of many sizes, small and chained; their names.
std::set<std::string> fill(StoreUser& user) {
  std::set<std::string> names;
  for (uint64_t i = 0; i < 300; ++i) {
    const std::string name = "item" + std::to_string(i);
    const size_t size = i % 50 == 0 ? 30'000 + i * 100 : i * 7 % 3'000;
    REQUIRE(user.set(name, pattern(i, size)));
    names.insert(name);
  }
  return names;
}

TEST_CASE("a walk visits every live item once whatever the sizes of its steps") {
  Store store(memory_of(16));
  StoreUser user(store);
  const std::set<std::string> names = fill(user);
  REQUIRE(user.set("dead", "x", user.now + 5));
  user.now += 5;
  const size_t chunk_count_max = GENERATE(1u, 2u, 7u, 100u, 1'000'000u);
  CAPTURE(chunk_count_max);
  const auto found = walked(store, every_class(), chunk_count_max, user.now);
  CHECK(found.size() == names.size());
  for (const auto& [name, count] : found) {
    CAPTURE(name);
    CHECK(names.contains(name));
    CHECK(count == 1);
  }
}

TEST_CASE("a walk of an empty store ends at once") {
  Store store(memory_of(2));
  StoreUser user(store);
  WalkPlace place;
  CHECK_FALSE(store.inspect().walk(place, every_class(), 1, user.now,
                                   [](const ItemView&) { return true; }));
}

TEST_CASE("a walk visits only its classes") {
  Store store(memory_of(16));
  StoreUser user(store);
  REQUIRE(user.set("small", "x"));
  REQUIRE(user.set("medium", pattern(1, 1'000)));
  REQUIRE(user.set("large", pattern(1, 100'000)));
  ClassSet classes;
  classes.set(store.sizes().class_of(6, 0, 1'000));
  const auto found = walked(store, classes, 10, user.now);
  CHECK(found == std::map<std::string, int>{{"medium", 1}});
  CHECK(walked(store, {}, 10, user.now).empty());
}

TEST_CASE("a walk can be stopped and resumed") {
  Store store(memory_of(2));
  StoreUser user(store);
  for (const char* name : {"a", "b", "c", "d"}) REQUIRE(user.set(name, "x"));
  WalkPlace place;
  std::string seen;
  const auto visit = [&](const ItemView& view) {
    seen += view.key();
    return false;
  };
  for (int piece = 1; piece <= 4; ++piece) {
    CHECK(store.inspect().walk(place, every_class(), 1000, user.now, visit));
    CHECK(seen.size() == static_cast<size_t>(piece));
  }
  CHECK_FALSE(store.inspect().walk(place, every_class(), 1000, user.now, visit));
  CHECK(std::set<char>(seen.begin(), seen.end()).size() == 4);
}

TEST_CASE("only dead items are reclaimed") {
  Store store(memory_of(16));
  StoreUser user(store);
  const std::set<std::string> names = fill(user);
  for (uint64_t i = 0; i < 100; ++i) {
    const std::string name = "dead" + std::to_string(i);
    REQUIRE(user.set(name, pattern(i, i * 300), user.now + 10));
    if (i % 2 == 0) REQUIRE(user.get(name));
  }
  user.now += 10;
  WalkPlace place;
  int steps = 1;
  while (store.maintenance().reclaim_dead(user.cache(), place, every_class(), 16, user.now))
    ++steps;
  CHECK(steps > 10);
  CHECK(sum_of(store, &ClassCounters::items) == names.size());
  CHECK(sum_of(store, &ClassCounters::crawler_reclaimed) == 100);
  CHECK(sum_of(store, &ClassCounters::crawler_items_checked) == names.size() + 100);
  CHECK(sum_of(store, &ClassCounters::expired_unfetched) == 50);
  CHECK(sum_of(store, &ClassCounters::reclaimed) == 0);
  CHECK(sum_of(store, &ClassCounters::evicted) == 0);
  for (const std::string& name : names) REQUIRE(user.get(name));
  store.verify();
}

TEST_CASE("flushed items are also reclaimed, class by class") {
  Store store(memory_of(2));
  StoreUser user(store);
  REQUIRE(user.set("small", "x"));
  REQUIRE(user.set("medium", pattern(1, 1'000)));
  store.flush_all(user.now);
  REQUIRE(user.set("new", "x"));
  ClassSet classes;
  classes.set(store.sizes().class_of(5, 0, 1));
  WalkPlace place;
  CHECK_FALSE(store.maintenance().reclaim_dead(user.cache(), place, classes, 1'000'000, user.now));
  CHECK(sum_of(store, &ClassCounters::items) == 2);
  CHECK(user.get("new"));
  store.verify();
}

}  // namespace
}  // namespace larder::slab
