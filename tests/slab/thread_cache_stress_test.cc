#include "slab/thread_cache.h"

#include <catch2/catch.hpp>
#include <thread>
#include <unordered_set>
#include <vector>

namespace larder::slab {
namespace {

TEST_CASE("a magazine returns the last chunk first and refuses what does not fit") {
  const SizeClasses classes(Options{}, 3);
  ThreadCache cache(0, 1, classes);
  ThreadCache::Magazine& magazine = cache.magazine(1);
  Ref ref = kNoRef;
  CHECK_FALSE(magazine.pop(&ref));
  for (Ref i = 1; i <= magazine.capacity; ++i) REQUIRE(magazine.push(i));
  CHECK_FALSE(magazine.push(1000));
  CHECK(magazine.count.load() == magazine.capacity);
  for (Ref i = magazine.capacity; i >= 1; --i) {
    REQUIRE(magazine.pop(&ref));
    REQUIRE(ref == i);
  }
  CHECK_FALSE(magazine.pop(&ref));
}

TEST_CASE("magazines hold a limited number of chunks and bytes but at least one") {
  const SizeClasses classes(Options{}, 3);
  ThreadCache cache(0, 1, classes);
  for (size_t i = 1; i <= classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    const uint32_t capacity = cache.magazine(id).capacity;
    CAPTURE(i, classes.chunk_size(id), capacity);
    CHECK(capacity >= 1);
    CHECK(capacity <= kMagazineChunksMax);
    CHECK((capacity == 1 || capacity * classes.chunk_size(id) <= kMagazineBytesMax));
  }
}

TEST_CASE("a CAS id is higher than the one it follows") {
  const SizeClasses classes(Options{}, 3);
  const uint32_t threads_max = GENERATE(1u, 2u, 3u, 64u);
  ThreadCache first(0, threads_max, classes);
  ThreadCache last(threads_max - 1, threads_max, classes);
  uint64_t cas = first.next_cas(0);
  CHECK(cas != 0);
  for (int i = 0; i < 1000; ++i) {
    // `last` leads by much, then follows: its clock must catch up with what it meets.
    ThreadCache& writer = i % 3 == 0 ? first : last;
    const uint64_t next = writer.next_cas(cas);
    REQUIRE(next > cas);
    cas = next;
  }
}

TEST_CASE("a thread continues from another thread's clock that it has read") {
  const SizeClasses classes(Options{}, 3);
  ThreadCache ahead(0, 2, classes);
  ThreadCache behind(1, 2, classes);
  uint64_t cas = 0;
  for (int i = 0; i < 100; ++i) cas = ahead.next_cas(0);
  CHECK(behind.next_cas(0) < cas);
  behind.observe_cas_clock(ahead.cas_clock());
  CHECK(behind.next_cas(0) > cas);
  const uint64_t before = ahead.cas_clock();
  ahead.observe_cas_clock(1);
  CHECK(ahead.cas_clock() == before);
}

TEST_CASE("CAS ids of several threads are distinct") {
  constexpr uint32_t kThreads = 5;
  constexpr size_t kIdsPerThread = 20'000;
  const SizeClasses classes(Options{}, 3);
  std::vector<std::vector<uint64_t>> ids(kThreads);
  std::atomic<uint64_t> latest{0};  // stands for an item that all of them overwrite
  {
    std::vector<std::jthread> threads;
    for (uint32_t number = 0; number < kThreads; ++number) {
      threads.emplace_back([&, number] {
        ThreadCache cache(number, kThreads, classes);
        for (size_t i = 0; i < kIdsPerThread; ++i) {
          const uint64_t id = cache.next_cas(i % 2 == 0 ? latest.load() : 0);
          ids[number].push_back(id);
          latest.store(id);
        }
      });
    }
  }
  std::unordered_set<uint64_t> distinct;
  for (const auto& mine : ids) distinct.insert(mine.begin(), mine.end());
  CHECK(distinct.size() == kThreads * kIdsPerThread);
}

}  // namespace
}  // namespace larder::slab
