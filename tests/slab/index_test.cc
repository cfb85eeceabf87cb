#include "slab/index.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>

#include "slab/limits.h"
#include "tests/support/address_space_limit.h"

namespace larder::slab {
namespace {

constexpr size_t kReachable = size_t{64} << 20;

// An index of references whose hashes are remembered here, as items' keys would.
class Bench {
 public:
  explicit Bench(unsigned hash_power = 0, size_t limit = size_t{1} << 30)
      : budget(limit), index(hash_power, kReachable, false, budget) {}

  bool insert(uint64_t hash, Ref ref) {
    hash_by_ref[ref] = hash;
    Bucket* bucket = index.lock(hash);
    const bool is_placed = index.insert(bucket, hash, ref);
    index.unlock(bucket);
    return is_placed;
  }
  bool contains(uint64_t hash, Ref ref) {
    Bucket* bucket = index.lock(hash);
    const Index::Slot slot = index.find_ref(bucket, hash, ref);
    const bool is_found = slot && slot.ref() == ref;
    index.unlock(bucket);
    return is_found;
  }
  bool erase(uint64_t hash, Ref ref) {
    hash_by_ref.erase(ref);
    Bucket* bucket = index.lock(hash);
    const Index::Slot slot = index.find_ref(bucket, hash, ref);
    if (slot) index.erase(bucket, slot);
    index.unlock(bucket);
    return static_cast<bool>(slot);
  }
  bool erase_and_remember(uint64_t hash, Ref ref) {
    hash_by_ref.erase(ref);
    Bucket* bucket = index.lock(hash);
    const Index::Slot slot = index.find_ref(bucket, hash, ref);
    if (slot) index.erase_and_remember(bucket, slot, hash);
    index.unlock(bucket);
    return static_cast<bool>(slot);
  }
  bool take_ghost(uint64_t hash) {
    Bucket* bucket = index.lock(hash);
    const bool was_there = index.take_ghost(bucket, hash);
    index.unlock(bucket);
    return was_there;
  }
  bool grow(bool* lacks_memory) {
    return index.grow([this](Ref ref) { return hash_by_ref.at(ref); }, lacks_memory);
  }
  bool grow() {
    bool lacks_memory = false;
    return grow(&lacks_memory);
  }
  size_t missing_count() {
    size_t missing = 0;
    for (const auto& [ref, hash] : hash_by_ref) missing += contains(hash, ref) ? 0 : 1;
    return missing;
  }

  MemoryBudget budget;
  Index index;
  std::unordered_map<Ref, uint64_t> hash_by_ref;
};

TEST_CASE("an index has a bucket for eight expected items") {
  CHECK(Bench(16).index.bucket_count() == (1u << 16) / 8);
  CHECK(Bench(0).index.bucket_count() == 64);
}

TEST_CASE("every reference in chains of any length is found") {
  Bench bench;
  std::mt19937_64 random(1);
  for (Ref ref = 1; ref <= 5000; ++ref) REQUIRE(bench.insert(random(), ref));
  CHECK(bench.index.overflow_count() > 5000 / kSlotsPerBucket - 64);
  CHECK(bench.missing_count() == 0);
  CHECK_FALSE(bench.contains(random(), 1));
  CHECK_FALSE(bench.contains(bench.hash_by_ref[1], 5001));
}

TEST_CASE("keys with the same hash are distinguished by the caller") {
  Bench bench;
  const uint64_t hash = GENERATE(uint64_t{0}, 0xff00000000000000u, 0x123456789abcdef0u);
  for (Ref ref = 1; ref <= 50; ++ref) REQUIRE(bench.insert(hash, ref));
  Bucket* bucket = bench.index.lock(hash);
  int tried = 0;
  const Index::Slot slot = bench.index.find(bucket, hash, [&](Ref ref) {
    ++tried;
    return ref == 37;
  });
  REQUIRE(slot);
  CHECK(slot.ref() == 37);
  CHECK(tried == 37);
  bench.index.unlock(bucket);
}

TEST_CASE("a reference with another tag is not offered") {
  Bench bench;
  REQUIRE(bench.insert(0x0500000000000003u, 9));
  Bucket* bucket = bench.index.lock(3);
  int tried = 0;
  CHECK_FALSE(bench.index.find(bucket, 0x0600000000000003u, [&](Ref) { return ++tried > 0; }));
  CHECK(tried == 0);
  bench.index.unlock(bucket);
}

TEST_CASE("a tag of zero differs from an empty slot") {
  Bench bench;
  const uint64_t hash = 7;  // its highest byte is 0
  REQUIRE(bench.insert(hash, 1));
  REQUIRE(bench.insert(hash, 2));
  CHECK(bench.contains(hash, 1));
  CHECK(bench.contains(hash, 2));
  CHECK(bench.index.overflow_count() == 0);
}

TEST_CASE("a bucket remembers ghosts until newer ghosts or items need the room") {
  Bench bench;
  bench.index.limit_ghosts(100);
  const auto hash_of = [](uint64_t i) { return i << 32; };  // all in the first bucket
  for (Ref ref = 1; ref <= 12; ++ref) REQUIRE(bench.insert(hash_of(ref), ref));
  CHECK_FALSE(bench.take_ghost(hash_of(1)));
  for (Ref ref = 1; ref <= 4; ++ref) REQUIRE(bench.erase_and_remember(hash_of(ref), ref));
  CHECK_FALSE(bench.take_ghost(hash_of(5)));
  CHECK(bench.take_ghost(hash_of(2)));
  CHECK_FALSE(bench.take_ghost(hash_of(2)));
  // Four slots have the room of eight: five more than the three that are there push out none.
  REQUIRE(bench.insert(hash_of(20), 20));  // three slots, six ghosts
  REQUIRE(bench.insert(hash_of(21), 21));  // two, four
  REQUIRE(bench.insert(hash_of(22), 22));  // one, two: 4 and 3
  CHECK_FALSE(bench.take_ghost(hash_of(1)));
  CHECK(bench.take_ghost(hash_of(3)));
  CHECK(bench.take_ghost(hash_of(4)));
  CHECK(bench.missing_count() == 0);
  // An erased item that is not remembered makes room and is no ghost.
  REQUIRE(bench.erase_and_remember(hash_of(20), 20));
  REQUIRE(bench.erase(hash_of(21), 21));
  CHECK_FALSE(bench.take_ghost(hash_of(21)));
  CHECK(bench.take_ghost(hash_of(20)));
  CHECK(bench.missing_count() == 0);
}

TEST_CASE("the number of ghosts in a bucket is limited") {
  Bench bench;
  bench.index.limit_ghosts(2);
  for (Ref ref = 1; ref <= 5; ++ref) REQUIRE(bench.insert(uint64_t{ref} << 32, ref));
  for (Ref ref = 1; ref <= 5; ++ref) REQUIRE(bench.erase_and_remember(uint64_t{ref} << 32, ref));
  int remembered = 0;
  for (uint64_t i = 1; i <= 5; ++i) remembered += bench.take_ghost(i << 32) ? 1 : 0;
  CHECK(remembered == 2);
  CHECK_FALSE(bench.take_ghost(0));  // what a slot holds that holds nothing
}

TEST_CASE("erasing in any order keeps the other references and returns overflow buckets") {
  Bench bench;
  std::mt19937_64 random(2);
  for (Ref ref = 1; ref <= 3000; ++ref) REQUIRE(bench.insert(random(), ref));
  std::vector<Ref> order;
  for (Ref ref = 1; ref <= 3000; ++ref) order.push_back(ref);
  std::shuffle(order.begin(), order.end(), random);
  for (size_t i = 0; i < order.size(); ++i) {
    const uint64_t hash = bench.hash_by_ref[order[i]];
    REQUIRE(bench.erase(hash, order[i]));
    REQUIRE_FALSE(bench.contains(hash, order[i]));
    if (i % 250 == 0) REQUIRE(bench.missing_count() == 0);
  }
  CHECK(bench.index.overflow_count() == 0);
}

TEST_CASE("returned overflow buckets are reused before new ones") {
  Bench bench;
  std::mt19937_64 random(3);
  size_t memory_bytes = 0;
  for (int round = 0; round < 5; ++round) {
    for (Ref ref = 1; ref <= 2000; ++ref) REQUIRE(bench.insert(ref * 0x9e3779b97f4a7c15u, ref));
    if (round == 0) memory_bytes = bench.index.memory_bytes();
    CHECK(bench.missing_count() == 0);
    for (Ref ref = 1; ref <= 2000; ++ref) {
      REQUIRE(bench.erase(ref * 0x9e3779b97f4a7c15u, ref));
    }
  }
  CHECK(bench.index.memory_bytes() == memory_bytes);
}

TEST_CASE("every reference is found at each step of growth") {
  Bench bench;
  std::mt19937_64 random(4);
  Ref next = 1;
  for (int step = 0; step < 500; ++step) {
    for (int i = 0; i < 9; ++i) REQUIRE(bench.insert(random(), next++));
    REQUIRE(bench.grow());
    if (step % 50 == 0) REQUIRE(bench.missing_count() == 0);
  }
  CHECK(bench.index.bucket_count() == 564);
  CHECK(bench.missing_count() == 0);
  for (Ref ref = 1; ref < next; ++ref) REQUIRE(bench.erase(bench.hash_by_ref[ref], ref));
  CHECK(bench.index.overflow_count() == 0);
}

TEST_CASE("growth shortens the chains that it splits") {
  Bench bench;
  std::mt19937_64 random(5);
  for (Ref ref = 1; ref <= 5000; ++ref) REQUIRE(bench.insert(random(), ref));
  const size_t before = bench.index.overflow_count();
  while (bench.index.bucket_count() < 1024) REQUIRE(bench.grow());
  CHECK(bench.index.overflow_count() < before / 10);
  CHECK(bench.missing_count() == 0);
}

TEST_CASE("growth handles a chain of references with the same hash") {
  Bench bench;
  for (Ref ref = 1; ref <= 200; ++ref) REQUIRE(bench.insert(0x4400000000000040u, ref));
  while (bench.index.bucket_count() < 300) REQUIRE(bench.grow());
  CHECK(bench.missing_count() == 0);
}

TEST_CASE("buckets of both kinds are charged to the budget") {
  Bench bench(10);
  CHECK(bench.budget.used() == bench.index.memory_bytes());
  CHECK(bench.index.memory_bytes() == 128 * sizeof(Bucket));
  std::mt19937_64 random(6);
  for (Ref ref = 1; ref <= 10'000; ++ref) REQUIRE(bench.insert(random(), ref));
  for (int i = 0; i < 300; ++i) REQUIRE(bench.grow());
  CHECK(bench.budget.used() == bench.index.memory_bytes());
  const size_t buckets = bench.index.bucket_count() + bench.index.overflow_count();
  CHECK(bench.index.memory_bytes() >= buckets * sizeof(Bucket));
}

TEST_CASE("growth waits for memory and an insert does not") {
  Bench bench(0, 64 * sizeof(Bucket));
  bool lacks_memory = false;
  CHECK_FALSE(bench.grow(&lacks_memory));
  CHECK(lacks_memory);
  for (Ref ref = 1; ref <= 20; ++ref) REQUIRE(bench.insert(0, ref));
  CHECK(bench.budget.is_exceeded());
  bench.budget.set_limit(size_t{1} << 20);
  CHECK(bench.grow(&lacks_memory));
  CHECK_FALSE(lacks_memory);
}

TEST_CASE("budget handed over by a thread is reserved for growth") {
  Bench bench(0, 64 * sizeof(Bucket) + kPageSize);
  REQUIRE(bench.budget.try_take(kPageSize));
  bool lacks_memory = false;
  REQUIRE_FALSE(bench.grow(&lacks_memory));
  bench.index.take_over_budget(kPageSize);
  CHECK(bench.budget.used() == bench.index.memory_bytes());
  REQUIRE(bench.budget.try_take(bench.budget.left()));  // another thread takes the rest
  CHECK(bench.grow(&lacks_memory));
}

TEST_CASE("budget that growth does not need is returned") {
  Bench bench;
  REQUIRE(bench.grow());  // charged for more buckets than there are
  const size_t charged = bench.index.memory_bytes();
  REQUIRE(bench.budget.try_take(kPageSize));
  bench.index.take_over_budget(kPageSize);
  CHECK(bench.index.memory_bytes() == charged);
  CHECK(bench.budget.used() == charged);
}

TEST_CASE("growth ends with the reserved address space") {
  MemoryBudget budget(size_t{1} << 30);
  Index index(0, 65 * 32 * 8, false, budget);
  bool lacks_memory = true;
  CHECK(index.grow([](Ref) { return uint64_t{0}; }, &lacks_memory));
  CHECK_FALSE(index.grow([](Ref) { return uint64_t{0}; }, &lacks_memory));
  CHECK_FALSE(lacks_memory);
  CHECK(index.bucket_count() == 65);
}

// An index for 64 KB of items, without the address space for more overflow buckets than they fill.
constexpr size_t kLittleMemory = size_t{64} << 10;

void emplace_little(std::optional<Bench>& bench) {
  const support::AddressSpaceLimit limit(size_t{256} << 20);
  REQUIRE(limit.is_set());
  bench.emplace(0, kLittleMemory);
}

// Fills chains until there is no overflow bucket left.  Returns the first reference that was not
// placed.
Ref fill(Bench& bench) {
  std::mt19937_64 random(7);
  Ref ref = 1;
  for (; ref < 100'000; ++ref) {
    const uint64_t hash = random();
    if (bench.insert(hash, ref)) continue;
    bench.hash_by_ref.erase(ref);
    break;
  }
  return ref;
}

TEST_CASE("an index without more address space holds what the memory allows") {
  std::optional<Bench> bench;
  emplace_little(bench);
  const Ref first_refused = fill(*bench);
  CHECK(first_refused > kLittleMemory / 32);
  CHECK(first_refused < 2 * kLittleMemory / 32);
  CHECK(bench->missing_count() == 0);
}

TEST_CASE("growth needs no free overflow bucket") {
  std::optional<Bench> bench;
  emplace_little(bench);
  const Ref first_refused = fill(*bench);
  const size_t overflow_count = bench->index.overflow_count();
  bench->budget.set_limit(size_t{1} << 20);
  for (int i = 0; i < 400; ++i) REQUIRE(bench->grow());
  CHECK(bench->missing_count() == 0);
  CHECK(bench->index.overflow_count() < overflow_count);
  CHECK(bench->insert(1, first_refused));
}

TEST_CASE("growth keeps its overflow buckets from waiting inserts") {
  std::optional<Bench> bench;
  emplace_little(bench);
  bench->budget.set_limit(size_t{1} << 20);
  constexpr uint64_t kWaitersHash = 63;
  Ref ref = 1;
  while (ref <= kSlotsPerBucket) REQUIRE(bench->insert(kWaitersHash, ref++));
  const uint64_t one_chain = 0;  // stays one chain
  while (bench->insert(one_chain, ref)) ++ref;
  bench->hash_by_ref.erase(ref);

  std::atomic<bool> is_over{false};
  std::atomic<int> tries{0};
  int placed = 0;
  std::thread waiter([&] {
    for (; !is_over.load(); tries.fetch_add(1)) {
      Bucket* bucket = bench->index.lock(kWaitersHash);
      placed += bench->index.insert(bucket, kWaitersHash, ref) ? 1 : 0;
      bench->index.unlock(bucket);
    }
  });
  while (tries.load() < 100) std::this_thread::yield();
  while (bench->index.bucket_count() < 8192) REQUIRE(bench->grow());  // splits it eight times
  is_over.store(true);
  waiter.join();
  CHECK(placed == 0);
  CHECK(bench->missing_count() == 0);
}

TEST_CASE("a guess finds the chunk of a key that is alone in its bucket") {
  Bench bench;
  CHECK(bench.index.guess(12) == kNoRef);
  REQUIRE(bench.insert(12, 5));
#if !defined(__SANITIZE_THREAD__)
  CHECK(bench.index.guess(12) == 5);
#endif
  bench.index.prefetch_bucket(12);
  CHECK(bench.contains(12, 5));
}

}  // namespace
}  // namespace larder::slab
