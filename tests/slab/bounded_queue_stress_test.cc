#include "slab/bounded_queue.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace larder::slab {
namespace {

TEST_CASE(
    "a bounded queue returns what was pushed, in order, and refuses what it has no room for") {
  BoundedQueue<int> queue(3);
  CHECK(queue.capacity() == 4);
  int value = 0;
  CHECK_FALSE(queue.pop(&value));
  for (int lap = 0; lap < 3; ++lap) {
    for (int i = 0; i < 4; ++i) CHECK(queue.push(i));
    CHECK_FALSE(queue.push(9));
    for (int i = 0; i < 4; ++i) {
      REQUIRE(queue.pop(&value));
      CHECK(value == i);
    }
    CHECK_FALSE(queue.pop(&value));
  }
}

TEST_CASE("threads that push and pop lose nothing and see nothing twice") {
  constexpr uint64_t kPerThread = 20'000;
  constexpr int kThreads = 2;
  BoundedQueue<uint64_t> queue(64);
  std::atomic<uint64_t> sum{0};
  std::atomic<uint64_t> popped{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      for (uint64_t i = 0; i < kPerThread; ++i) {
        while (!queue.push(static_cast<uint64_t>(number) * kPerThread + i)) {
          std::this_thread::yield();
        }
      }
    });
    threads.emplace_back([&] {
      uint64_t value = 0;
      while (popped.load() < kThreads * kPerThread) {
        if (!queue.pop(&value)) {
          std::this_thread::yield();
          continue;
        }
        sum += value;
        ++popped;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  constexpr uint64_t kCount = kThreads * kPerThread;
  CHECK(popped == kCount);
  CHECK(sum == kCount * (kCount - 1) / 2);
}

}  // namespace
}  // namespace larder::slab
