// Walks and crawls beside threads that write, remove and let pages go: keys that stay are met by
// every walk, none twice, and the books stay in order.  Meant to run under the sanitizers.

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kWalks = 40;
#else
constexpr int kWalks = 200;
#endif
constexpr uint32_t kWriters = 2;
constexpr int kLastingCount = 200;

void write_until(const std::atomic<bool>& is_over, StoreUser& user, uint32_t seed) {
  std::minstd_rand random(seed);
  while (!is_over.load(std::memory_order_relaxed)) {
    const std::string name = "passing" + std::to_string(random() % 500);
    switch (random() % 4) {
      case 0: user.remove(name); break;
      case 1: user.set(name, pattern(1, random() % 40'000), user.now + 1); break;
      default: user.set(name, pattern(2, random() % 500), random() % 2 == 0 ? 50 : 0); break;
    }
    user.on_turn();
  }
}

TEST_CASE("walks and crawls find every unchanged item during concurrent changes") {
  Options options;
  options.memory_bytes_max = size_t{32} << 20;
  options.thread_count_max = kWriters + 1;
  Store store(options);
  StoreUser walker(store);
  for (int i = 0; i < kLastingCount; ++i) {
    REQUIRE(walker.set("lasting" + std::to_string(i), pattern(1, static_cast<size_t>(i) * 20)));
  }
  std::atomic<bool> is_over{false};
  int missed = 0;
  int repeated = 0;
  {
    std::vector<std::jthread> writers;
    for (uint32_t number = 0; number < kWriters; ++number) {
      writers.emplace_back([&, number] {
        StoreUser user(store);
        write_until(is_over, user, number + 1);
      });
    }
    const ClassSet classes = ClassSet().set();
    for (int i = 0; i < kWalks; ++i) {
      std::map<std::string, int> found;
      WalkPlace place;
      while (store.inspect().walk(place, classes, 64, walker.now, [&](const ItemView& view) {
        if (view.key().starts_with("lasting")) ++found[std::string(view.key())];
        return true;
      })) {
      }
      missed += kLastingCount - static_cast<int>(found.size());
      for (const auto& [name, count] : found) repeated += count - 1;
      place = {};
      while (store.maintenance().reclaim_dead(walker.cache(), place, classes, 64, walker.now + 2)) {
      }
      walker.maintain();
    }
    is_over = true;
  }
  CHECK(missed == 0);
  CHECK(repeated == 0);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
