// Creation, ids and marks while other threads do the same.

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::StoreUser;

constexpr int kThreads = 3;
constexpr int kRounds = 2000;

Options some_options() {
  Options options;
  options.memory_bytes_max = size_t{16} << 20;
  options.hash_power = 8;
  options.thread_count_max = kThreads + 1;
  return options;
}

void run_threads(const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("of many readers of a missing key one creates the item", "[stress]") {
  Store store(some_options());
  std::atomic<int> created{0};
  std::atomic<int> hits{0};
  run_threads([&](int) {
    ThreadCache& cache = store.make_thread_cache();
    for (int round = 0; round < kRounds; ++round) {
      const std::string name = std::to_string(round);
      store.read_or_create(cache, store.key(name), {}, true, 100,
                           [&](const ItemView&, bool is_new) { (is_new ? created : hits)++; });
    }
  });
  CHECK(created == kRounds);
  CHECK(hits == kRounds * (kThreads - 1));
  store.verify();
}

TEST_CASE("of many readers of a stale item one is asked to renew it", "[stress]") {
  Store store(some_options());
  StoreUser owner(store);
  for (int round = 0; round < kRounds; ++round) REQUIRE(owner.set(std::to_string(round), "v"));
  for (int round = 0; round < kRounds; ++round) {
    ClassId class_id;
    const auto outcome = store.remove(owner.cache(), owner.key(std::to_string(round)),
                                      {.invalidates = true}, owner.now, &class_id);
    REQUIRE(outcome == RemoveOutcome::Removed);
  }
  std::atomic<int> winners{0};
  run_threads([&](int) {
    ThreadCache& cache = store.make_thread_cache();
    for (int round = 0; round < kRounds; ++round) {
      const std::string name = std::to_string(round);
      store.read(cache, store.key(name), 100, [&](const ItemView& view) {
        if (view.has(trait::kTokenSent)) return;
        view.mark_token_sent();
        ++winners;
      });
    }
  });
  CHECK(winners == kRounds);
}

TEST_CASE("a pinned value is constant while others mark its item and append to it", "[stress]") {
  constexpr int kKeys = 4;
  constexpr size_t kFirstSize = 9000;
  Store store(some_options());
  StoreUser owner(store);
  for (int i = 0; i < kKeys; ++i)
    REQUIRE(owner.set(std::to_string(i), std::string(kFirstSize, 'v')));
  std::atomic<int> broken{0};
  run_threads([&](int number) {
    ThreadCache& cache = store.make_thread_cache();
    for (int round = 0; round < kRounds; ++round) {
      const std::string name = std::to_string(round % kKeys);
      if (number == 0 && round % 4 == 0) {
        Written written;
        store.write(cache, store.key(name), {.mode = WriteMode::Append}, "v", 100, &written);
      } else if (number == 1 && round % 4 == 0) {
        ClassId class_id;
        store.remove(cache, store.key(name), {.invalidates = true}, 100, &class_id);
      }
      ItemPin pin;
      store.read(cache, store.key(name), 100, [&](const ItemView& view) {
        pin = store.pin(cache, view);
        view.mark_token_sent();
      });
      size_t size = 0;
      pin.for_each_run([&](std::string_view run) {
        size += run.size();
        if (run.find_first_not_of('v') != std::string_view::npos) ++broken;
      });
      if (size < kFirstSize) ++broken;
    }
  });
  CHECK(broken == 0);
  store.verify();
}

TEST_CASE("concurrent creates and increments of a counter lose nothing", "[stress]") {
  Store store(some_options());
  std::atomic<int> created{0};
  run_threads([&](int) {
    ThreadCache& cache = store.make_thread_cache();
    for (int round = 0; round < kRounds; ++round) {
      Counted counted;
      const auto outcome =
          store.change_counter(cache, store.key("n"), {.delta = 1, .initial = 1}, 100, &counted);
      if (outcome != ArithmeticOutcome::Done) std::terminate();
      if (counted.is_new) ++created;
    }
  });
  StoreUser user(store);
  CHECK(created == 1);
  CHECK(user.get("n") == std::to_string(kThreads * kRounds));
}

TEST_CASE("concurrent appends that create and compare lose nothing", "[stress]") {
  Store store(some_options());
  run_threads([&](int number) {
    ThreadCache& cache = store.make_thread_cache();
    const std::string letter(1, static_cast<char>('a' + number));
    for (int round = 0; round < kRounds / 4; ++round) {
      const std::string name = std::to_string(round / 100);
      for (;;) {
        uint64_t id = 0;
        store.read(cache, store.key(name), 100, [&](const ItemView& view) { id = view.cas(); });
        const WriteOutcome outcome =
            store.write(cache, store.key(name),
                        {.mode = WriteMode::Append, .creates = id == 0, .cas = id}, letter, 100);
        if (outcome == WriteOutcome::Stored) break;
        if (outcome != WriteOutcome::Exists) std::terminate();
      }
    }
  });
  StoreUser user(store);
  for (int key = 0; key < kRounds / 400; ++key) {
    CHECK(user.get(std::to_string(key))->size() == 100u * kThreads);
  }
  store.verify();
}

}  // namespace
}  // namespace larder::slab
