// Balancing, expiry, draining and growth at once, beside threads that read and write.

#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kSteps = 40'000;
#else
constexpr int kSteps = 200'000;
#endif
constexpr int kThreads = 3;

TEST_CASE("maintenance concurrent with clients loses and mixes up no items") {
  Options options;
  options.memory_bytes_max = size_t{4} << 20;
  options.hash_power = 0;
  options.thread_count_max = kThreads + 1;
  Store store(options);
  std::atomic<base::Time> clock{100};
  std::atomic<int> running{kThreads};
  std::atomic<uint64_t> broken{0};
  std::atomic<uint64_t> refused{0};

  const auto client = [&](int number) {
    StoreUser user(store);
    std::mt19937_64 random(static_cast<uint64_t>(number));
    for (int step = 0; step < kSteps; ++step) {
      user.now = clock.load();
      // The sizes shift as time goes by.
      const uint64_t size = step < kSteps / 2 ? 100 : (random() % 8 == 0 ? 20'000 : 1'000);
      const uint64_t id = random() % 8'000;
      const auto lifetime = static_cast<base::Time>(1 + random() % 3);
      const std::string name = std::to_string(id) + "/" + std::to_string(size);
      const std::string value = pattern(id, size);
      if (const auto found = user.get(name)) {
        if (*found != value) ++broken;
        if (random() % 16 == 0) user.touch(name, user.now + lifetime);
      } else if (!user.set(name, value, random() % 2 == 0 ? 0 : user.now + lifetime)) {
        ++refused;
      }
      if (step % 32 == 0) user.on_turn();
    }
    user.on_turn();
    --running;
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) threads.emplace_back(client, number);
  StoreUser control(store);
  for (uint64_t step = 0; running.load() > 0; ++step) {
    control.now = clock.load();
    control.maintain();
    const auto from = static_cast<ClassId>(1 + step % store.classes().count());
    const auto to = static_cast<ClassId>(1 + step * 7 % store.classes().count());
    if (step % 64 == 0) store.maintenance().reassign(control.cache(), from, to, control.now);
    if (step % 10 == 0) ++clock;
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(broken == 0);
  CHECK(refused == 0);
  CHECK(sum_of(store, &ClassCounters::crawler_reclaimed) > 0);
  CHECK(sum_of(store, &ClassCounters::pages_moved) > 0);
  CHECK(store.inspect().budget().used() <= store.inspect().budget().limit() + 16 * kPageSize);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
