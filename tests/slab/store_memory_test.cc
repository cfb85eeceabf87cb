// Limits, eviction, pages that come and go.

#include <catch2/catch.hpp>
#include <fstream>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

Options memory_of(size_t megabytes) {
  Options options;
  options.memory_bytes_max = megabytes << 20;
  options.hash_power = 0;
  options.thread_count_max = 4;
  return options;
}

std::string name_of(uint64_t i) { return "key" + std::to_string(i); }

TEST_CASE("items and index together stay within the limit") {
  Store store(memory_of(2));
  StoreUser user(store);
  for (uint64_t i = 0; i < 60'000; ++i) {
    REQUIRE(user.set(name_of(i), "tiny"));
    if (i % 1000 == 0) REQUIRE(store.inspect().budget().used() <= store.inspect().budget().limit());
  }
  CHECK(store.inspect().index().memory_bytes() > 100'000);
  CHECK(store.inspect().budget().used() ==
        store.inspect().index().memory_bytes() + store.inspect().pool().pages_in_use() * kPageSize);
  CHECK(store.inspect().budget().used() <= store.inspect().budget().limit());
  CHECK(sum_of(store, &ClassCounters::evicted) > 0);
  store.verify();
}

TEST_CASE("a page that is emptied for a crowded index is given to the index") {
  Store store(memory_of(8));
  StoreUser user(store);
  const std::string value = pattern(1, 3'000);
  for (uint64_t i = 0; i < 5'000; ++i) REQUIRE(user.set(name_of(i), value));
  REQUIRE(user.set("tiny", "tiny"));
  const ClassId large = user.find(name_of(4'999))->class_id;
  const ClassId small = user.find("tiny")->class_id;
  for (int page = 0; page < 20; ++page) {
    REQUIRE(store.maintenance().reassign(user.cache(), large, small, user.now) ==
            ReassignOutcome::Done);
  }
  int emptied_count = 0;
  for (uint64_t i = 0; i < 30'000; ++i) {
    const size_t pages_before = store.inspect().pool().pages_in_use();
    const size_t buckets_before = store.inspect().index().bucket_count();
    REQUIRE(user.set("s" + name_of(i), "tiny"));
    if (store.inspect().pool().pages_in_use() >= pages_before) continue;
    ++emptied_count;
    CHECK(store.inspect().index().bucket_count() > buckets_before);
  }
  CHECK(emptied_count > 0);
}

TEST_CASE("eviction removes unread items and keeps read ones") {
  Store store(memory_of(2));
  StoreUser user(store);
  for (uint64_t i = 0; i < 100; ++i) REQUIRE(user.set("hot" + std::to_string(i), "value"));
  for (uint64_t i = 0; i < 100'000; ++i) {
    REQUIRE(user.set(name_of(i), "value"));
    if (i % 5 == 0) user.get("hot" + std::to_string(i / 5 % 100));
  }
  int kept = 0;
  for (int i = 0; i < 100; ++i) kept += user.get("hot" + std::to_string(i)) ? 1 : 0;
  CHECK(kept == 100);
  CHECK(sum_of(store, &ClassCounters::evicted) > 50'000);
  CHECK(sum_of(store, &ClassCounters::evicted_unfetched) == sum_of(store, &ClassCounters::evicted));
  CHECK(sum_of(store, &ClassCounters::evicted_nonzero) == 0);
}

TEST_CASE("large values that are read outlive unread ones") {
  Store store(memory_of(8));
  StoreUser user(store);
  const size_t size = GENERATE(size_t{20'000}, size_t{150'000});
  CAPTURE(size);
  const std::string value = pattern(1, size);
  for (uint64_t i = 0; i < 10; ++i) REQUIRE(user.set("hot" + std::to_string(i), value));
  for (uint64_t i = 0; i < 2'000; ++i) {
    REQUIRE(user.set(name_of(i), value));
    for (uint64_t hot = 0; hot < 10; ++hot) user.get("hot" + std::to_string(hot));
  }
  int kept = 0;
  for (int i = 0; i < 10; ++i) kept += user.get("hot" + std::to_string(i)) ? 1 : 0;
  CHECK(kept == 10);
  CHECK(sum_of(store, &ClassCounters::evicted) > 1'000);
  store.verify();
}

TEST_CASE("dead items are reclaimed before live ones are evicted") {
  Store store(memory_of(2));
  StoreUser user(store);
  uint64_t count = 0;
  while (sum_of(store, &ClassCounters::evicted) == 0) {
    REQUIRE(user.set(name_of(count++), "value", user.now + 10));
  }
  const uint64_t evicted = sum_of(store, &ClassCounters::evicted);
  CHECK(sum_of(store, &ClassCounters::evicted_nonzero) == evicted);
  user.now += 10;
  for (uint64_t i = 0; i < count / 2; ++i) REQUIRE(user.set("new" + std::to_string(i), "value"));
  CHECK(sum_of(store, &ClassCounters::evicted) == evicted);
  CHECK(sum_of(store, &ClassCounters::reclaimed) > count / 4);
  CHECK(sum_of(store, &ClassCounters::expired_unfetched) > 0);
  store.verify();
}

TEST_CASE("an item in constant use survives reassignment of pages to new classes") {
  // It grows through all the classes, while large values hold all the memory there is.
  Options options = memory_of(8);
  options.chunk_size_max = 16 << 10;
  Store store(options);
  StoreUser user(store);
  const std::string filling = pattern(1, GENERATE(30'000, 100'000, 500'000));
  CAPTURE(filling.size());
  for (uint64_t i = 0; sum_of(store, &ClassCounters::evicted) < 100; ++i) {
    REQUIRE(user.set(name_of(i), filling));
  }
  std::string expected = "seed";
  REQUIRE(user.set("hot", expected));
  for (uint64_t i = 0; i < 3'000; ++i) {
    const std::string addition = pattern(i, 16);
    CAPTURE(i);
    REQUIRE(user.write_as(WriteMode::Append, "hot", addition) == WriteOutcome::Stored);
    expected += addition;
    REQUIRE(user.get("hot") == expected);
  }
  store.verify();
}

TEST_CASE("a value that grows by appends survives reassignment of pages to its size") {
  Options options = memory_of(48);
  options.chunk_size_max = 16 << 10;
  Store store(options);
  StoreUser user(store);
  const std::string bytes = pattern(1, 1 << 20);
  for (uint64_t i = 0; i < 100; ++i) {
    REQUIRE(user.set(name_of(i), bytes.substr(0, 573'440)));
    REQUIRE(user.get(name_of(i)));
  }
  for (size_t size = 200 << 10; size < bytes.size(); size += 2 << 10) {
    REQUIRE(user.set(std::to_string(size), bytes.substr(0, size)));
  }
  std::string value = "seed";
  REQUIRE(user.set("growing", value));
  for (uint64_t i = 0; i < 3'000; ++i) {
    const std::string more = std::to_string(i) + "xxxxxxxxxx";
    value += more;
    REQUIRE(user.write_as(WriteMode::Append, "growing", more) == WriteOutcome::Stored);
    REQUIRE(user.get("growing") == value);
  }
  CHECK(value.size() > 2 * options.chunk_size_max);
}

TEST_CASE("a class takes no more pages while its oldest items are dead") {
  Store store(memory_of(16));
  StoreUser user(store);
  const size_t size = GENERATE(size_t{100}, size_t{3'000}, size_t{66'560}, size_t{150'000});
  CAPTURE(size);
  const std::string value = pattern(1, size);
  const uint64_t count = 1 + 1'000'000 / size;
  for (uint64_t i = 0; i < count; ++i) REQUIRE(user.set(name_of(i), value, user.now + 10));
  const size_t pages = store.inspect().pool().pages_in_use();
  user.now += 10;
  for (uint64_t i = 0; i < count; ++i) REQUIRE(user.set("new" + name_of(i), value));
  CHECK(store.inspect().pool().pages_in_use() == pages);
  CHECK(sum_of(store, &ClassCounters::reclaimed) >= count / 2);
  CHECK(sum_of(store, &ClassCounters::evicted) == 0);
  for (uint64_t i = 0; i < count; ++i) REQUIRE(user.get("new" + name_of(i)));
  store.verify();
}

TEST_CASE("a write over a dead item reclaims it") {
  Store store(memory_of(2));
  StoreUser user(store);
  REQUIRE(user.set("a", "value", user.now + 10));
  REQUIRE(user.set("b", "value", user.now + 10));
  REQUIRE(user.set("c", "value", user.now + 10));
  REQUIRE(user.set("a", "other"));
  CHECK(sum_of(store, &ClassCounters::reclaimed) == 0);
  user.now += 10;
  REQUIRE(user.set("b", "other"));
  CHECK(sum_of(store, &ClassCounters::reclaimed) == 1);
  CHECK(user.write_as(WriteMode::Replace, "c", "other") == WriteOutcome::NotStored);
  CHECK(sum_of(store, &ClassCounters::reclaimed) == 1);
  store.flush_all(user.now);
  REQUIRE(user.set("a", "again"));
  CHECK(sum_of(store, &ClassCounters::reclaimed) == 2);
  store.verify();
}

TEST_CASE("a store without eviction refuses writes and loses nothing") {
  Options options = memory_of(2);
  options.evicts = false;
  Store store(options);
  StoreUser user(store);
  uint64_t count = 0;
  while (user.set(name_of(count), "value")) ++count;
  REQUIRE(count > 10'000);
  CHECK(user.write_as(WriteMode::Set, "another", "value") == WriteOutcome::OutOfMemory);
  CHECK(sum_of(store, &ClassCounters::out_of_memory) == 2);
  CHECK(sum_of(store, &ClassCounters::evicted) == 0);
  for (uint64_t i = 0; i < count; ++i) REQUIRE(user.get(name_of(i)));
  for (int i = 0; i < 20; ++i) user.maintain();
  CHECK(user.write_as(WriteMode::Set, "large", pattern(1, 100'000)) == WriteOutcome::OutOfMemory);
  for (uint64_t i = 0; i < count; ++i) REQUIRE(user.get(name_of(i)));
  store.verify();

  for (uint64_t i = 0; i < 100; ++i) REQUIRE(user.remove(name_of(i)));
  for (uint64_t i = 0; i < 100; ++i) CHECK(user.set(name_of(i), "again"));
  store.verify();
}

TEST_CASE("a store without eviction still reuses dead items") {
  Options options = memory_of(2);
  options.evicts = false;
  Store store(options);
  StoreUser user(store);
  uint64_t count = 0;
  while (user.set(name_of(count), "value", 200)) ++count;
  user.now = 200;
  for (uint64_t i = 0; i < count; ++i) {
    CAPTURE(i, count);
    REQUIRE(user.set("new" + std::to_string(i), "value"));
  }
  CHECK(sum_of(store, &ClassCounters::evicted) == 0);
  store.verify();
}

TEST_CASE("writes of consecutive sizes are never refused") {
  Store store(memory_of(4));
  StoreUser user(store);
  for (const size_t size : {10u, 3'000u, 100u, 100'000u, 500u, 8'000u, 30u}) {
    CAPTURE(size);
    size_t refused = 0;
    for (uint64_t i = 0; i < (size_t{12} << 20) / (size + 100); ++i) {
      refused += user.set(name_of(i), pattern(i, size)) ? 0 : 1;
    }
    CHECK(refused == 0);
    store.verify();
    CHECK(store.inspect().budget().used() <= store.inspect().budget().limit());
  }
}

TEST_CASE("values of all sizes in little memory are never refused") {
  Options options = memory_of(3);
  options.item_size_max = 1 << 20;
  Store store(options);
  StoreUser user(store);
  uint64_t random = 1;
  size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const size_t exponent = (random >> 33) % 18;
    const size_t size = (random >> 40) % (size_t{2} << exponent);
    refused += user.set(name_of((random >> 20) % 500), pattern(random, size)) ? 0 : 1;
    if (i % 1000 == 0) store.verify();
  }
  CHECK(refused == 0);
  store.verify();
}

TEST_CASE("the idle time of an evicted item is reported") {
  Store store(memory_of(2));
  StoreUser user(store);
  REQUIRE(user.set("first", "value"));
  const ClassId id = user.find("first")->class_id;
  for (uint64_t i = 0; sum_of(store, &ClassCounters::evicted) == 0; ++i) {
    if (i == 1000) user.now += 30;
    REQUIRE(user.set(name_of(i), "value"));
  }
  CHECK(store.inspect().evicted_idle_seconds(id) <= 30);
  for (uint64_t i = 0; i < 200'000; ++i) {
    REQUIRE(user.set("more" + std::to_string(i), "value"));
    REQUIRE(store.inspect().evicted_idle_seconds(id) <= 30);
  }
}

TEST_CASE("maintenance reaches a lowered limit and releases the memory") {
  Store store(memory_of(16));
  StoreUser user(store), other(store);
  for (uint64_t i = 0; i < 200'000; ++i) REQUIRE(user.set(name_of(i), pattern(i, 100)));
  for (uint64_t i = 0; i < 20; ++i) REQUIRE(other.set("large" + name_of(i), pattern(i, 70'000)));
  REQUIRE(store.inspect().budget().used() > size_t{15} << 20);
  REQUIRE(store.set_memory_limit(size_t{5} << 20));
  int steps = 0;
  while (user.maintain() && ++steps < 1000) other.on_turn();
  CHECK(store.inspect().budget().used() <= size_t{5} << 20);
  CHECK(store.inspect().budget().used() > size_t{4} << 20);  // and no further
  CHECK(store.inspect().pool().spare_count() * kPageSize > size_t{10} << 20);
  store.verify();
  CHECK(user.set("after", "value"));
  REQUIRE(store.set_memory_limit(size_t{16} << 20));
  for (uint64_t i = 0; i < 200'000; ++i) REQUIRE(user.set(name_of(i), pattern(i, 100)));
  CHECK(store.inspect().budget().used() > size_t{15} << 20);
  CHECK(store.inspect().pool().spare_count() < 20);
  store.verify();
}

TEST_CASE("a lowered limit refuses no write before it is reached") {
  Store store(memory_of(16));
  StoreUser user(store);
  for (uint64_t i = 0; i < 200'000; ++i) REQUIRE(user.set(name_of(i), pattern(i, 100)));
  REQUIRE(store.set_memory_limit(size_t{5} << 20));
  const size_t used = store.inspect().budget().used();
  size_t refused = 0;
  // Into classes that have no page yet, and no maintenance.
  for (size_t size = 200; size < 100'000; size += size / 8) {
    refused += user.set("of " + std::to_string(size), pattern(size, size)) ? 0 : 1;
  }
  CHECK(refused == 0);
  CHECK(store.inspect().budget().used() <= used);
  store.verify();
  for (int i = 0; i < 1000 && user.maintain(); ++i) {
  }
  CHECK(store.inspect().budget().used() <= size_t{5} << 20);
  store.verify();
}

size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  size_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * 4096;
}

TEST_CASE("a lowered limit reduces the resident memory") {
  Store store(memory_of(64));
  StoreUser user(store);
  const std::string value = pattern(1, 1000);
  for (uint64_t i = 0; i < 60'000; ++i) REQUIRE(user.set(name_of(i), value));
  const size_t before = resident_bytes();
  REQUIRE(store.set_memory_limit(size_t{4} << 20));
  for (int i = 0; i < 1000 && user.maintain(); ++i) {
  }
  CHECK(store.inspect().budget().used() <= size_t{4} << 20);
  const size_t after = resident_bytes();
  CAPTURE(before, after);
  CHECK(before > after + (size_t{48} << 20));
}

TEST_CASE("pages of removed values serve any size without eviction") {
  Options options = memory_of(8);
  options.evicts = GENERATE(true, false);
  Store store(options);
  StoreUser user(store);
  for (const size_t size : {100'000u, 3'000u, 9'000u, 500'000u}) {
    CAPTURE(options.evicts, size);
    const uint64_t count = (size_t{5} << 20) / size;
    for (uint64_t i = 0; i < count; ++i) REQUIRE(user.set(name_of(i), pattern(i, size)));
    for (uint64_t i = 0; i < count; ++i) REQUIRE(user.remove(name_of(i)));
    CHECK(store.inspect().pool().pages_in_use() < 32);
  }
  CHECK(sum_of(store, &ClassCounters::evicted) == 0);
  store.verify();
}

TEST_CASE("a limit beyond the address space is refused") {
  Store store(memory_of(4));
  CHECK_FALSE(store.set_memory_limit(size_t{1} << 50));
  CHECK(store.inspect().budget().limit() == size_t{4} << 20);
  CHECK(store.set_memory_limit(size_t{1} << 30));
}

TEST_CASE("a limit that the index alone needs is refused") {
  Options options = memory_of(16);
  options.hash_power = 18;  // 2 MB
  Store store(options);
  StoreUser user(store);
  const size_t index_bytes = store.inspect().index().memory_bytes();
  REQUIRE(index_bytes == size_t{2} << 20);
  CHECK_FALSE(store.set_memory_limit(index_bytes));
  CHECK_FALSE(store.set_memory_limit(index_bytes + 7 * kPageSize));
  CHECK(store.inspect().budget().limit() == size_t{16} << 20);
  // Just above, there is memory for values of any size.
  REQUIRE(store.set_memory_limit(index_bytes + 8 * kPageSize));
  for (const size_t size : {10u, 1'000u, 100'000u}) {
    for (uint64_t i = 0; i < 100; ++i) REQUIRE(user.set(name_of(i), pattern(i, size)));
  }
  CHECK(store.inspect().budget().used() <= store.inspect().budget().limit());
  store.verify();
}

TEST_CASE("the initial index takes at most a quarter of the memory") {
  const auto [megabytes, hash_power, index_bytes] = GENERATE(table<size_t, unsigned, size_t>({
      {64, 24u, size_t{16} << 20},
      {64, 32u, size_t{16} << 20},
      {100, 24u, size_t{16} << 20},
      {64, 21u, size_t{16} << 20},
      {64, 20u, size_t{8} << 20},
      {1024, 24u, size_t{128} << 20},
      {64, Options::kHashPowerDefault, size_t{512} << 10},
      {16, Options::kHashPowerDefault, size_t{128} << 10},
  }));
  CAPTURE(megabytes, hash_power);
  Options options = memory_of(megabytes);
  options.hash_power = hash_power;
  Store store(options);
  REQUIRE(store.is_usable());
  CHECK(store.inspect().index().memory_bytes() == index_bytes);
  StoreUser user(store);
  CHECK(user.set("key", pattern(1, 100'000)));
}

TEST_CASE("a page with chunks in another thread's cache leaves in that thread's next turns") {
  Store store(memory_of(4));
  StoreUser user(store), other(store);
  for (uint64_t i = 0; i < 2'000; ++i) REQUIRE(user.set(name_of(i), pattern(i, 1000)));
  for (uint64_t i = 0; i < 2'000; ++i) other.remove(name_of(i));  // some chunks stay at hand there
  REQUIRE(store.set_memory_limit(size_t{1} << 20));
  for (int i = 0; i < 100; ++i) {
    user.maintain();
    // What it frees in its turn may lie in a page that drains already.
    if (other.set("mine", pattern(1, 1000))) other.remove("mine");
    other.on_turn();
  }
  for (int i = 0; i < 4; ++i) {
    user.maintain();
    other.on_turn();
  }
  CHECK(store.inspect().budget().used() <= size_t{1} << 20);
  store.verify();
}

TEST_CASE("a page that waits for another thread's unused chunk costs no other page") {
  Store store(memory_of(4));
  StoreUser user(store), other(store);
  for (uint64_t i = 0; i < 1'000; ++i) REQUIRE(user.set(name_of(i), pattern(i, 3'000)));
  REQUIRE(store.inspect().budget().used() > size_t{3} << 20);
  for (uint64_t i = 0; i < 1'000; i += 7) other.remove(name_of(i));  // `other` never has its turn
  const size_t limit = store.inspect().budget().used() - 3 * kPageSize;
  REQUIRE(store.set_memory_limit(limit));
  for (int i = 0; i < 100; ++i) user.maintain();
  other.on_turn();
  user.maintain();
  CHECK(store.inspect().budget().used() <= limit);
  CHECK(store.inspect().budget().used() + 8 * kPageSize > limit);
  store.verify();
}

TEST_CASE("the caches of many threads in little memory block no write") {
  Store store(memory_of(4));
  std::vector<std::unique_ptr<StoreUser>> users;
  for (int i = 0; i < 4; ++i) users.push_back(std::make_unique<StoreUser>(store));
  size_t refused = 0;
  for (uint64_t i = 0; i < 40'000; ++i) {
    StoreUser& user = *users[i % users.size()];
    const size_t size = i * 7919 % 6'000;
    refused += user.set(name_of(i), pattern(i, size)) ? 0 : 1;
    if (i % 50 == 0) {
      for (const auto& each : users) each->on_turn();
      users[0]->maintain();
    }
  }
  CHECK(refused == 0);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
