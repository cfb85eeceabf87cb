// What an operation locks: its bucket's byte, and nothing that keys share.
//
// Counted are mutexes, lock bytes (one per bucket, so per dozen keys), and stores to and
// read-modify-writes of atomics that all keys share: the item count, the budget, flush stamps, the
// index's size, the times of pages.  Not counted, because they are no two threads' or no two keys':
// a thread's magazines and counters, an item's state and stamp, a large item's pins.
//
// The exceptions are per batch, and bounded here: a thread's magazine of up to 32 chunks is
// refilled whole and drained by half, under the mutex of its class; the total of items is told
// every 32nd new key; a bucket is split every ninth; and about every eighth time that a key comes
// or goes in a full index its chain takes an overflow bucket or gives one back.

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/counted_lock.h"
#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using base::LockCounts;
using support::StoreUser;

constexpr uint64_t kOperations = 100'000;
constexpr size_t kKeys = 2'000;
constexpr uint64_t kOperationsPerTurn = 32;

Options options_of(size_t megabytes) {
  Options options;
  options.memory_bytes_max = megabytes << 20;
  options.thread_count_max = 2;
  return options;
}

std::vector<std::string> names(const std::string& prefix, size_t count) {
  std::vector<std::string> all;
  for (size_t i = 0; i < count; ++i) all.push_back(prefix + std::to_string(1'000'000 + i));
  return all;
}

// What kOperations calls of operate(uint64_t) took, with a turn now and then, as a worker has it.
template <class Operate>
LockCounts count(StoreUser& user, Operate operate) {
  const LockCounts before = base::lock_counts;
  for (uint64_t i = 0; i < kOperations; ++i) {
    if (i % kOperationsPerTurn == 0) user.on_turn();
    operate(i);
  }
  return {base::lock_counts.mutexes - before.mutexes, base::lock_counts.bytes - before.bytes,
          base::lock_counts.shared_writes - before.shared_writes};
}

// Looks a key up as the executor does.
ReadOutcome get(Store& store, StoreUser& user, const std::string& name) {
  const Key key = store.key(name);
  store.prefetch_bucket(key);
  store.prefetch_item(key);
  ItemPin pin;
  return store.read(user.cache(), key, user.now, [&](const ItemView& view) {
    if (view.is_large()) pin = store.pin(user.cache(), view);
  });
}

void check_nothing_shared(const LockCounts& counts) {
  CHECK(counts.mutexes == 0);
  CHECK(counts.shared_writes == 0);
  CHECK(counts.bytes == kOperations);
}

TEST_CASE("a get locks only the byte of its bucket") {
  Store store(options_of(256));
  StoreUser user(store);
  StoreUser other(store);
  const size_t value_size = GENERATE(100u, 5'000u, 20'000u);  // copied, pinned, chained
  CAPTURE(value_size);
  const std::vector<std::string> stored = names("k", kKeys);
  const std::vector<std::string> missing = names("m", kKeys);
  for (const std::string& name : stored) REQUIRE(user.set(name, std::string(value_size, 'v'), 900));
  user.on_turn();

  uint64_t hits = 0;
  check_nothing_shared(count(
      user, [&](uint64_t i) { hits += get(store, user, stored[i % kKeys]) == ReadOutcome::Hit; }));
  CHECK(hits == kOperations);

  uint64_t misses = 0;
  check_nothing_shared(count(user, [&](uint64_t i) {
    misses += get(store, user, missing[i % kKeys]) == ReadOutcome::Missing;
  }));
  CHECK(misses == kOperations);

  // Nor does one of a thread that never wrote.
  other.on_turn();
  check_nothing_shared(count(other, [&](uint64_t i) { get(store, other, stored[i % kKeys]); }));
}

// It takes a chunk from the magazine and puts the old one there, so the magazine stays as it is.
TEST_CASE("a set that overwrites a value of the same class locks only the byte of its bucket") {
  Store store(options_of(64));
  StoreUser user(store);
  const size_t value_size = GENERATE(100u, 5'000u);
  const base::Time exptime = GENERATE(0u, 900u);
  CAPTURE(value_size, exptime);
  const std::string value(value_size, 'v');
  const std::vector<std::string> stored = names("k", kKeys);
  // Twice: by the second time each page that the magazine's chunks lie in knows its exptime.
  for (int round = 0; round < 2; ++round) {
    for (const std::string& name : stored) REQUIRE(user.set(name, value, exptime));
    user.on_turn();
  }

  uint64_t written = 0;
  check_nothing_shared(
      count(user, [&](uint64_t i) { written += user.set(stored[i % kKeys], value, exptime); }));
  CHECK(written == kOperations);
  store.verify();
}

// A chunk of the new class is taken for each, and one of the old class given back.
TEST_CASE("a set that changes the class of a value locks a class once in ten times") {
  Store store(options_of(64));
  StoreUser user(store);
  const std::vector<std::string> stored = names("k", kKeys);
  const std::string values[] = {std::string(100, 'a'), std::string(200, 'b')};
  REQUIRE(store.sizes().class_of(stored[0].size(), 0, 100) !=
          store.sizes().class_of(stored[0].size(), 0, 200));
  for (int round = 0; round < 2; ++round) {
    for (const std::string& name : stored) REQUIRE(user.set(name, values[round]));
  }

  const LockCounts counts =
      count(user, [&](uint64_t i) { user.set(stored[i % kKeys], values[i / kKeys % 2]); });
  CHECK(counts.bytes == kOperations);
  CAPTURE(counts.mutexes, counts.shared_writes);
  // A refill for every 32 chunks, half a magazine back for every 16; a page now and then.
  CHECK(counts.mutexes > kOperations / 32);
  CHECK(counts.mutexes < kOperations / 8);
  CHECK(counts.shared_writes < kOperations / 100);
}

TEST_CASE("a set of a new key writes shared memory once in eight times") {
  Store store(options_of(256));
  StoreUser user(store);
  const std::vector<std::string> stored = names("k", kOperations);
  const LockCounts counts = count(user, [&](uint64_t i) { user.set(stored[i], "value"); });
  CAPTURE(counts.mutexes, counts.shared_writes);
  CHECK(counts.mutexes < kOperations / 8);
  CHECK(counts.shared_writes < kOperations / 8);
}

// A refill asks its class for free chunks, for dead ones, which hand's turn it is, and for up to 16
// to evict, each under its mutex.
TEST_CASE("a set that evicts another key takes less than one shared lock in two sets") {
  Store store(options_of(4));
  StoreUser user(store);
  const std::vector<std::string> stored = names("k", 2 * kOperations);
  const std::string value(100, 'v');
  for (uint64_t i = 0; i < kOperations; ++i) REQUIRE(user.set(stored[i], value));
  const LockCounts counts =
      count(user, [&](uint64_t i) { user.set(stored[kOperations + i], value); });
  CHECK(support::sum_of(store, &ClassCounters::evicted) > kOperations);
  CAPTURE(counts.mutexes, counts.shared_writes);
  CHECK(counts.mutexes < kOperations / 2);
  CHECK(counts.shared_writes < kOperations / 6);
}

// It asks its class for free chunks, for dead ones at the hand, and in one sweep for others.
TEST_CASE("a write refused by a full store without eviction locks its class three times") {
  Options options = options_of(4);
  options.evicts = false;
  Store store(options);
  StoreUser user(store);
  const std::string value(100, 'v');
  const std::vector<std::string> stored = names("k", kOperations);
  size_t stored_count = 0;
  while (user.set(stored[stored_count], value)) ++stored_count;
  user.on_turn();

  uint64_t refused = 0;
  const LockCounts counts =
      count(user, [&](uint64_t i) { refused += user.set(stored[i], value) ? 0 : 1; });
  CHECK(refused == kOperations);
  CHECK(counts.mutexes == 3 * kOperations);
  CHECK(counts.bytes == 0);
}

// Every chunk is in a writer.  The lap is one sweep long; then the other classes are asked for a
// page, each once or twice.
TEST_CASE("a write that finds no memory in one lap of its class makes no second lap") {
  Store store(options_of(1));
  StoreUser user(store);
  const std::string name(100, 'k');
  std::vector<ItemWriter> writers;
  for (;;) {
    writers.push_back(store.reserve(user.cache(), user.key(name), 0, 9'000, user.now));
    if (!writers.back()) break;
  }
  const LockCounts before = base::lock_counts;
  CHECK_FALSE(store.reserve(user.cache(), user.key(name), 0, 9'000, user.now));
  CHECK(base::lock_counts.mutexes - before.mutexes < store.classes().count() + 10);
}

// Stamps are 32 bits wide, and each flush that counts uses some up.
TEST_CASE("a flush advances the stamps only if something was stored since the last one") {
  Store store(options_of(64));
  StoreUser user(store);
  const auto writes_of_flush = [&] {
    const uint64_t before = base::lock_counts.shared_writes;
    store.flush_all(user.now);
    return base::lock_counts.shared_writes - before;
  };
  CHECK(writes_of_flush() == 0);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(user.set("a", "1"));
    CHECK(writes_of_flush() > 0);
    CHECK(user.outcome_of("a") == ReadOutcome::Flushed);
    CHECK(writes_of_flush() == 0);
    ++user.now;
    CHECK(writes_of_flush() == 0);
  }
}

TEST_CASE("a thread reads the other threads' clocks under a mutex once a second") {
  Store store(options_of(64));
  StoreUser user(store);
  user.on_turn();
  const LockCounts before = base::lock_counts;
  for (int i = 0; i < 1'000; ++i) user.on_turn();
  CHECK(base::lock_counts.mutexes == before.mutexes);
  ++user.now;
  for (int i = 0; i < 1'000; ++i) user.on_turn();
  CHECK(base::lock_counts.mutexes == before.mutexes + 1);
  CHECK(base::lock_counts.shared_writes == before.shared_writes);
  CHECK(base::lock_counts.bytes == before.bytes);
}

}  // namespace
}  // namespace larder::slab
