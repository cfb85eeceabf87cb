// Pages that follow demand.

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

constexpr size_t kSmall = 100;
constexpr size_t kLarge = 1000;

Options four_megabytes() {
  Options options;
  options.memory_bytes_max = size_t{4} << 20;
  options.thread_count_max = 2;
  return options;
}

uint64_t pages_moved(const Store& store) { return sum_of(store, &ClassCounters::pages_moved); }

// Cache-aside of keys whose popularity falls with their rank: a get, and a set if it missed.
class Load {
 public:
  explicit Load(Store& store) : store_(store), user_(store) {}

  // The part of hits in the last second of so many.
  double run(int seconds, bool has_small, bool has_large) {
    constexpr int kRequestsPerSecond = 20'000;
    int hits = 0;
    for (int second = 0; second < seconds; ++second) {
      hits = 0;
      for (int i = 0; i < kRequestsPerSecond; ++i) {
        const bool is_large = has_large && (!has_small || i % 2 == 0);
        hits += request(is_large) ? 1 : 0;
        if (i % (kRequestsPerSecond / 10) == 0) user_.maintain();
      }
      ++user_.now;
    }
    return hits / double{kRequestsPerSecond};
  }
  StoreUser& user() { return user_; }

 private:
  bool request(bool is_large) {
    const double uniform = std::uniform_real_distribution<>()(random_);
    const auto rank = static_cast<uint64_t>(std::pow(is_large ? 8e3 : 6e4, uniform));
    const std::string name = (is_large ? "large" : "small") + std::to_string(rank * 7919);
    if (user_.get(name)) return true;
    user_.set(name, is_large ? large_ : small_);
    return false;
  }

  Store& store_;
  StoreUser user_;
  std::mt19937_64 random_{1};
  const std::string small_ = pattern(1, kSmall);
  const std::string large_ = pattern(2, kLarge);
};

size_t page_count(Store& store, size_t value_size) {
  return store.inspect().usage_of(store.sizes().class_of(10, 0, value_size)).page_count;
}

TEST_CASE("after a change of sizes the new ones soon have the hit ratio of a new store") {
  Store store(four_megabytes());
  Load load(store);
  load.run(20, true, false);
  REQUIRE(page_count(store, kLarge) == 0);

  Store fresh_large(four_megabytes());
  const double large_hits = Load(fresh_large).run(20, false, true);
  CHECK(load.run(20, false, true) > 0.95 * large_hits);

  Store fresh_mixed(four_megabytes());
  const double mixed_hits = Load(fresh_mixed).run(20, true, true);
  CHECK(load.run(20, true, true) > 0.95 * mixed_hits);
  CHECK(pages_moved(store) > 20);
  CHECK(store.maintenance().items_evicted_by_moves() > 0);
  CHECK(store.inspect().budget().used() <= store.inspect().budget().limit());
  load.user().on_turn();
  store.verify();
}

TEST_CASE("without automove pages stay in their classes") {
  Store store(four_megabytes());
  store.maintenance().set_automove(0);
  Load load(store);
  load.run(10, true, false);
  load.run(10, false, true);
  CHECK(pages_moved(store) == 0);
  CHECK(page_count(store, kLarge) < 10);
}

TEST_CASE("a constant mix of sizes moves few pages") {
  Store store(four_megabytes());
  Load load(store);
  load.run(30, true, true);
  const uint64_t moved = pages_moved(store);
  load.run(30, true, true);
  CHECK(pages_moved(store) - moved < 20);
}

// A store full of small values.
struct FullStore {
  FullStore() { load.run(10, true, false); }

  Store store{four_megabytes()};
  Load load{store};
  StoreUser& user = load.user();
  const ClassId small = store.sizes().class_of(10, 0, kSmall);
  const ClassId large = store.sizes().class_of(10, 0, kLarge);
};

TEST_CASE("a page is reassigned on demand") {
  FullStore full;
  auto& [store, load, user, small, large] = full;
  const size_t before = page_count(store, kSmall);
  CHECK(store.maintenance().reassign(user.cache(), small, large, user.now) ==
        ReassignOutcome::Done);
  CHECK(page_count(store, kSmall) == before - 1);
  CHECK(page_count(store, kLarge) == 1);
  CHECK(store.inspect().sum(small, &ClassCounters::pages_moved) == 1);
  CHECK(store.maintenance().reassign(user.cache(), large, small, user.now) ==
        ReassignOutcome::NoSpare);
  CHECK(store.maintenance().reassign(user.cache(), small, small, user.now) ==
        ReassignOutcome::Same);
  CHECK(store.maintenance().reassign(user.cache(), small, 200, user.now) ==
        ReassignOutcome::BadClass);
  CHECK(store.maintenance().reassign(user.cache(), 200, small, user.now) ==
        ReassignOutcome::BadClass);
  CHECK(store.maintenance().reassign(user.cache(), {}, large, user.now) == ReassignOutcome::Done);
  CHECK(page_count(store, kLarge) == 2);
  store.verify();
}

TEST_CASE("pages are reassigned to the pool and from it") {
  FullStore full;
  auto& [store, load, user, small, large] = full;
  const size_t spare = store.inspect().pool().spare_count();
  const size_t before = page_count(store, kSmall);
  const uint64_t items = store.inspect().sum(small, &ClassCounters::items);
  CHECK(store.maintenance().reassign(user.cache(), small, kNoClass, user.now) ==
        ReassignOutcome::Done);
  CHECK(store.maintenance().reassign(user.cache(), small, kNoClass, user.now) ==
        ReassignOutcome::Done);
  CHECK(page_count(store, kSmall) == before - 2);
  CHECK(store.inspect().pool().spare_count() == spare + 2);
  const uint64_t left = store.inspect().sum(small, &ClassCounters::items);
  CHECK(left < items);
  CHECK(left >= items - 2 * store.classes().chunks_per_page(small));
  CHECK(store.maintenance().reassign(user.cache(), kNoClass, large, user.now) ==
        ReassignOutcome::Done);
  CHECK(page_count(store, kLarge) == 1);
  CHECK(store.inspect().pool().spare_count() == spare + 1);
  store.verify();
}

TEST_CASE("a page with a chunk in another thread's cache moves when the chunk is returned") {
  Options options = four_megabytes();
  options.thread_count_max = 2;
  Store store(options);
  StoreUser user(store);
  StoreUser other(store);
  const ClassId id = store.sizes().class_of(3, 0, kLarge);
  const ClassId target = store.sizes().class_of(3, 0, kSmall);
  const uint32_t chunk_count = store.classes().chunks_per_page(id);
  for (uint32_t i = 0; i <= chunk_count; ++i) {  // one more than there is room for in one page
    REQUIRE(other.set("k" + std::to_string(i), pattern(1, kLarge)));
  }
  for (uint32_t i = 0; i <= chunk_count; ++i) other.remove("k" + std::to_string(i));
  const size_t before = store.inspect().usage_of(id).page_count;
  REQUIRE(before >= 2);
  CHECK(store.maintenance().reassign(user.cache(), id, target, user.now) == ReassignOutcome::Done);
  CHECK(store.inspect().usage_of(id).page_count == before - 1);
  other.on_turn();
  user.maintain();
  CHECK(store.inspect().usage_of(target).page_count == 1);
  store.verify();
}

TEST_CASE("a store without eviction and a class without pages spare none") {
  Options options = four_megabytes();
  Store empty(options);
  StoreUser user(empty);
  CHECK(empty.maintenance().reassign(user.cache(), 1, 2, user.now) == ReassignOutcome::NoSpare);
  CHECK(empty.maintenance().reassign(user.cache(), {}, 2, user.now) == ReassignOutcome::NoSpare);
  CHECK(empty.maintenance().reassign(user.cache(), kNoClass, 2, user.now) ==
        ReassignOutcome::NoSpare);

  options.evicts = false;
  Store keeping(options);
  StoreUser keeper(keeping);
  for (int i = 0; i < 1'000; ++i) REQUIRE(keeper.set("k" + std::to_string(i), pattern(1, 500)));
  const ClassId full = keeping.sizes().class_of(4, 0, 500);
  CHECK(keeping.maintenance().reassign(keeper.cache(), full, 2, keeper.now) ==
        ReassignOutcome::NoSpare);
  CHECK(keeper.get("k0"));
}

}  // namespace
}  // namespace larder::slab
