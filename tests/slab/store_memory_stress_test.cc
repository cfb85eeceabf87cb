// Many threads that want memory at once.  Meant to run under the thread sanitizer too.
//
// Catch2 asserts on one thread only: threads count here, and the test checks when they are done.

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::StoreUser;
using support::sum_of;

constexpr size_t kThreads = 8;
constexpr size_t kMemoryBytes = size_t{64} << 20;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kRounds = 2;
#else
constexpr int kRounds = 20;
#endif

// All threads set new keys with values of `value_size` bytes, `bytes` of them together.  Returns
// how many sets were refused.
uint64_t fill(std::vector<std::unique_ptr<StoreUser>>& users, size_t value_size, size_t bytes) {
  const std::string value(value_size, 'v');
  const size_t count = bytes / value_size / users.size();
  std::atomic<uint64_t> refused{0};
  std::atomic<size_t> ready{0};
  std::vector<std::jthread> threads;
  for (size_t number = 0; number < users.size(); ++number) {
    threads.emplace_back([&, number] {
      const std::string prefix = "thread" + std::to_string(number) + "key";
      ready.fetch_add(1);
      while (ready.load() < users.size()) std::this_thread::yield();
      for (size_t i = 0; i < count; ++i) {
        if (!users[number]->set(prefix + std::to_string(i), value)) refused.fetch_add(1);
      }
    });
  }
  threads.clear();
  return refused.load();
}

TEST_CASE("threads that fill a quarter of the memory evict nothing and are refused nothing") {
  const bool evicts = GENERATE(true, false);
  const size_t value_size = GENERATE(2'000u, 9'000u, 66'000u, 400'000u);
  CAPTURE(evicts, value_size);
  for (int round = 0; round < kRounds; ++round) {
    Options options;
    options.memory_bytes_max = kMemoryBytes;
    options.evicts = evicts;
    options.thread_count_max = kThreads;
    Store store(options);
    std::vector<std::unique_ptr<StoreUser>> users;
    for (size_t i = 0; i < kThreads; ++i) users.push_back(std::make_unique<StoreUser>(store));
    const uint64_t refused = fill(users, value_size, kMemoryBytes / 4);
    REQUIRE(refused == 0);
    REQUIRE(sum_of(store, &ClassCounters::evicted) == 0);
    REQUIRE(sum_of(store, &ClassCounters::out_of_memory) == 0);
    if (round == 0) store.verify();
  }
}

TEST_CASE("threads that compete for pages in a full store are refused nothing") {
  Options options;
  options.memory_bytes_max = size_t{8} << 20;
  options.thread_count_max = kThreads;
  Store store(options);
  std::vector<std::unique_ptr<StoreUser>> users;
  for (size_t i = 0; i < kThreads; ++i) users.push_back(std::make_unique<StoreUser>(store));
  for (const size_t value_size : {100u, 30'000u, 700u, 66'000u, 5'000u}) {
    CAPTURE(value_size);
    REQUIRE(fill(users, value_size, 2 * options.memory_bytes_max) == 0);
    for (const auto& user : users) user->on_turn();
  }
  CHECK(store.inspect().budget().used() <= store.inspect().budget().limit());
  store.verify();
}

}  // namespace
}  // namespace larder::slab
