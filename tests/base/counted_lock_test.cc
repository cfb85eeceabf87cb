#include "base/counted_lock.h"

#include <catch2/catch.hpp>
#include <thread>

#include "base/spin_lock.h"

namespace larder::base {
namespace {

TEST_CASE("a mutex counts acquisitions for the acquiring thread") {
  CountedMutex mutex;
  const uint64_t before = lock_counts.mutexes;
  { const std::lock_guard lock(mutex); }
  CHECK(lock_counts.mutexes == before + 1);
  {
    const std::unique_lock lock(mutex, std::try_to_lock);
    CHECK(lock.owns_lock());
  }
  CHECK(lock_counts.mutexes == before + 2);

  uint64_t counted_there = 0;
  std::thread([&] {
    const std::lock_guard lock(mutex);
    counted_there = lock_counts.mutexes;
  }).join();
  CHECK(counted_there == 1);
  CHECK(lock_counts.mutexes == before + 2);
}

TEST_CASE("a failed attempt to lock a mutex is not counted") {
  CountedMutex mutex;
  const std::lock_guard lock(mutex);
  bool is_taken = true;
  uint64_t counted_there = 1;
  std::thread([&] {
    is_taken = mutex.try_lock();
    counted_there = lock_counts.mutexes;
  }).join();
  CHECK_FALSE(is_taken);
  CHECK(counted_there == 0);
}

TEST_CASE("a lock byte has a separate count and counts only successful attempts") {
  std::atomic<uint8_t> byte{0};
  const LockCounts before = lock_counts;
  lock_byte(byte);
  CHECK_FALSE(try_lock_byte(byte));
  CHECK(lock_counts.bytes == before.bytes + 1);
  unlock_byte(byte);
  CHECK(try_lock_byte(byte));
  CHECK(lock_counts.bytes == before.bytes + 2);
  CHECK(lock_counts.mutexes == before.mutexes);
  CHECK(lock_counts.shared_writes == before.shared_writes);
}

TEST_CASE("atomic operations that take a cache line exclusively are counted, loads are not") {
  CountedAtomic<uint32_t> atomic{1};
  const uint64_t before = lock_counts.shared_writes;
  CHECK(atomic.load() == 1);
  CHECK(lock_counts.shared_writes == before);
  atomic.store(2);
  CHECK(atomic.fetch_add(3) == 2);
  CHECK(atomic.fetch_sub(1) == 5);
  CHECK(lock_counts.shared_writes == before + 3);
  uint32_t expected = 9;
  CHECK_FALSE(atomic.compare_exchange_strong(expected, 6));
  CHECK(expected == 4);
  CHECK(atomic.compare_exchange_strong(expected, 6));
  CHECK_FALSE(atomic.compare_exchange_weak(expected, 7));
  CHECK(lock_counts.shared_writes == before + 6);
  CHECK(atomic.load() == 6);
}

}  // namespace
}  // namespace larder::base
