#include <array>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "base/spin_lock.h"

namespace larder::base {
namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 20'000;

template <class Round>
void run_on_threads(Round round) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) round();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("a spin lock admits one thread at a time") {
  SpinLock lock;
  uint64_t count = 0;
  run_on_threads([&] {
    const std::lock_guard guard(lock);
    ++count;
  });
  CHECK(count == uint64_t{kThreads} * kRounds);
}

TEST_CASE("try_lock fails on a taken lock and succeeds on a released one") {
  SpinLock lock;
  REQUIRE(lock.try_lock());
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  CHECK(lock.try_lock());
  lock.unlock();
}

TEST_CASE("threads that use only try_lock lose no update") {
  SpinLock lock;
  uint64_t count = 0;
  std::atomic<uint64_t> entered{0};
  run_on_threads([&] {
    if (!lock.try_lock()) return;
    ++count;
    lock.unlock();
    ++entered;
  });
  CHECK(count == entered);
  CHECK(count > 0);
}

TEST_CASE("a lock byte does not change the neighbouring bytes") {
  std::array<std::atomic<uint8_t>, 3> bytes{};
  bytes[0] = 0xaa;
  bytes[2] = 0x55;
  lock_byte(bytes[1]);
  CHECK(bytes[1] == 1);
  CHECK_FALSE(try_lock_byte(bytes[1]));
  unlock_byte(bytes[1]);
  CHECK(bytes[0] == 0xaa);
  CHECK(bytes[1] == 0);
  CHECK(bytes[2] == 0x55);
}

}  // namespace
}  // namespace larder::base
