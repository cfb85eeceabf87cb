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
  return store.usage_of(store.class_of(10, 0, value_size)).page_count;
}

TEST_CASE("when sizes shift the new ones are soon hit as in a new store") {
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
  CHECK(store.pages_moved() > 20);
  CHECK(store.items_evicted_by_moves() > 0);
  CHECK(store.budget().used() <= store.budget().limit());
  load.user().on_turn();
  store.verify();
}

TEST_CASE("without automove pages stay where they are") {
  Store store(four_megabytes());
  store.set_automove(0);
  Load load(store);
  load.run(10, true, false);
  load.run(10, false, true);
  CHECK(store.pages_moved() == 0);
  CHECK(page_count(store, kLarge) < 10);
}

TEST_CASE("a mix that stays moves few pages") {
  Store store(four_megabytes());
  Load load(store);
  load.run(30, true, true);
  const uint64_t moved = store.pages_moved();
  load.run(30, true, true);
  CHECK(store.pages_moved() - moved < 20);
}

TEST_CASE("a page is reassigned on demand") {
  Store store(four_megabytes());
  Load load(store);
  load.run(10, true, false);
  const ClassId small = store.class_of(10, 0, kSmall);
  const ClassId large = store.class_of(10, 0, kLarge);
  StoreUser& user = load.user();
  const size_t before = page_count(store, kSmall);
  CHECK(store.reassign(user.cache(), small, large, user.now) == ReassignOutcome::Done);
  CHECK(page_count(store, kSmall) == before - 1);
  CHECK(page_count(store, kLarge) == 1);
  CHECK(store.pages_moved() == 1);
  CHECK(store.reassign(user.cache(), large, small, user.now) == ReassignOutcome::NoSpare);
  CHECK(store.reassign(user.cache(), small, small, user.now) == ReassignOutcome::Same);
  CHECK(store.reassign(user.cache(), small, 200, user.now) == ReassignOutcome::BadClass);
  CHECK(store.reassign(user.cache(), small, kNoClass, user.now) == ReassignOutcome::BadClass);
  CHECK(store.reassign(user.cache(), kNoClass, large, user.now) == ReassignOutcome::Done);
  CHECK(page_count(store, kLarge) == 2);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
