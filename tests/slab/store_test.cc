// Reading, expiry, flushing, counting: the store as one thread sees it.

#include "slab/store.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/address_space_limit.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::pattern;
using support::StoreUser;

Options small_options() {
  Options options;
  options.memory_bytes_max = size_t{8} << 20;
  options.hash_power = 10;
  options.thread_count_max = 2;
  return options;
}

TEST_CASE("a new store is empty") {
  Store store(small_options());
  REQUIRE(store.is_usable());
  StoreUser user(store);
  CHECK(user.outcome_of("a") == ReadOutcome::Missing);
  CHECK_FALSE(user.remove("a"));
  CHECK_FALSE(user.touch("a", 0));
  CHECK(store.inspect().items_stored() == 0);
  CHECK(store.inspect().budget().used() == store.inspect().index().memory_bytes());
  store.verify();
}

TEST_CASE("a read returns the written value") {
  Options options = small_options();
  options.has_cas = GENERATE(true, false);
  Store store(options);
  StoreUser user(store);
  const std::string key = GENERATE(as<std::string>{}, "k", "a key", std::string(250, 'K'));
  const uint32_t flags = GENERATE(0u, 1u, 0xffffffffu);
  CAPTURE(options.has_cas, key.size(), flags);
  REQUIRE(user.write(key, "value", {.flags = flags, .exptime = 5000}) == WriteOutcome::Stored);
  const std::optional<Found> found = user.find(key);
  REQUIRE(found);
  CHECK(found->value == "value");
  CHECK(found->flags == flags);
  CHECK(found->exptime == 5000);
  CHECK((found->cas != 0) == options.has_cas);
  CHECK_FALSE(found->is_large);
  CHECK_FALSE(user.get(key + "x"));
  store.verify();
}

TEST_CASE("an item is expired from its exptime on") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1", 110));
  REQUIRE(user.set("never", "1"));
  user.now = 109;
  CHECK(user.get("a"));
  user.now = 110;
  CHECK(user.outcome_of("a") == ReadOutcome::Expired);
  CHECK(user.outcome_of("a") == ReadOutcome::Missing);  // the first read unlinked it
  CHECK(user.get("never"));
  store.verify();
}

TEST_CASE("an item stored with a past exptime is expired at once") {
  Store store(small_options());
  StoreUser user(store);
  CHECK(user.set("a", "1", 1));
  CHECK(support::sum_of(store, &ClassCounters::items) == 1);
  CHECK(user.outcome_of("a") == ReadOutcome::Expired);
  CHECK(support::sum_of(store, &ClassCounters::items) == 0);
  CHECK(support::sum_of(store, &ClassCounters::bytes) == 0);
}

TEST_CASE("no command finds an expired item") {
  Store store(small_options());
  StoreUser user(store);
  const auto expire = [&] {
    REQUIRE(user.set("a", "5", user.now + 1));
    ++user.now;
  };
  expire();
  CHECK_FALSE(user.remove("a"));
  expire();
  CHECK_FALSE(user.touch("a", 0));
  expire();
  CHECK(user.write_as(WriteMode::Replace, "a", "x") == WriteOutcome::NotStored);
  expire();
  CHECK(user.write_as(WriteMode::Append, "a", "x") == WriteOutcome::NotStored);
  expire();
  CHECK(user.cas("a", "x", 1) == WriteOutcome::NotFound);
  expire();
  CHECK_FALSE(user.add("a", 1));
  CHECK(user.last_arithmetic == ArithmeticOutcome::NotFound);
  expire();
  CHECK(user.write_as(WriteMode::Add, "a", "new") == WriteOutcome::Stored);
  CHECK(user.get("a") == "new");
  store.verify();
  CHECK(support::sum_of(store, &ClassCounters::items) == 1);
}

TEST_CASE("a touch can move the exptime both ways") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1", 105));
  CHECK(user.touch("a", 200));
  user.now = 150;
  CHECK(user.find("a")->exptime == 200);
  CHECK(user.touch("a", 0));
  user.now = 10'000;
  CHECK(user.get("a"));
  CHECK(user.touch("a", 1));
  CHECK(user.outcome_of("a") == ReadOutcome::Expired);
}

TEST_CASE("a touch does not change the CAS id") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  const uint64_t cas = user.find("a")->cas;
  CHECK(user.touch("a", 500));
  CHECK(user.find("a")->cas == cas);
}

TEST_CASE("the time since the last access is counted from any access") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  user.now += 7;
  CHECK(user.find("a")->seconds_since_access == 7);
  CHECK(user.find("a")->seconds_since_access == 0);
  user.now += 3;
  CHECK(user.touch("a", 0));
  user.now += 2;
  CHECK(user.find("a")->seconds_since_access == 2);
  user.now += 5;
  CHECK(user.write_as(WriteMode::Add, "a", "2") == WriteOutcome::NotStored);
  CHECK(user.find("a")->seconds_since_access == 0);
}

TEST_CASE("a thread whose clock is a second late sees an age of zero") {
  Store store(small_options());
  StoreUser ahead(store), behind(store);
  ahead.now = 101;
  behind.now = 100;
  REQUIRE(ahead.set("a", "1"));
  CHECK(behind.find("a")->seconds_since_access == 0);
  CHECK(ahead.find("a")->seconds_since_access == 0);  // nor did the late clock set it back
}

TEST_CASE("a flush invalidates what was stored before it and nothing after") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  REQUIRE(user.set("large", pattern(1, 50'000)));
  store.flush_all(user.now);
  REQUIRE(user.set("b", "2"));  // in the same second
  CHECK(user.outcome_of("a") == ReadOutcome::Flushed);
  CHECK(user.outcome_of("large") == ReadOutcome::Flushed);
  CHECK(user.get("b") == "2");
  ++user.now;
  CHECK(user.get("b") == "2");
  CHECK(user.outcome_of("a") == ReadOutcome::Missing);
  store.verify();
}

TEST_CASE("each of many flushes in a second separates two writes") {
  Store store(small_options());
  StoreUser user(store);
  for (int i = 0; i < 100; ++i) {
    const std::string name = "k" + std::to_string(i);
    REQUIRE(user.set(name, "1"));
    REQUIRE(user.get(name));
    if (i % 10 == 9) ++user.now;
    store.flush_all(user.now);
    REQUIRE(user.outcome_of(name) == ReadOutcome::Flushed);
  }
  CHECK(user.find("k1") == std::nullopt);
  REQUIRE(user.set("last", "1"));
  user.now += 4;
  CHECK(user.find("last")->seconds_since_access == 4);
}

TEST_CASE("a flush applies to threads whose clocks differ by a second from its own") {
  Store store(small_options());
  StoreUser flusher(store), other(store);
  flusher.now = 100;
  other.now = GENERATE(99u, 100u, 101u);
  CAPTURE(other.now);
  REQUIRE(other.set("before", "1"));
  REQUIRE(other.get("before"));
  store.flush_all(flusher.now);
  REQUIRE(other.set("after", "1"));
  CHECK(other.outcome_of("before") == ReadOutcome::Flushed);
  CHECK(other.get("after"));
  CHECK(flusher.get("after"));
}

TEST_CASE("a delayed flush takes effect at its time") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  store.flush_all_at(105);
  user.now = 104;
  user.maintain();
  CHECK(user.get("a"));
  user.now = 105;
  user.maintain();
  CHECK(user.outcome_of("a") == ReadOutcome::Flushed);
  REQUIRE(user.set("a", "2"));
  user.now = 106;
  user.maintain();
  CHECK(user.get("a") == "2");  // it happens once
}

TEST_CASE("a delayed flush takes effect in the first turn of its second, and not before") {
  Store store(small_options());
  StoreUser first(store), second(store);
  REQUIRE(first.set("a", "1"));
  REQUIRE(second.set("b", "1"));
  store.flush_all_at(105);
  first.now = second.now = 104;
  first.on_turn();
  REQUIRE(first.set("c", "1"));
  CHECK(first.get("a"));
  first.now = second.now = 105;
  first.on_turn();
  CHECK(first.outcome_of("a") == ReadOutcome::Flushed);
  CHECK(first.outcome_of("c") == ReadOutcome::Flushed);
  REQUIRE(first.set("a", "2"));
  second.on_turn();
  CHECK(second.outcome_of("b") == ReadOutcome::Flushed);
  REQUIRE(second.set("b", "2"));
  second.maintain();
  first.on_turn();
  CHECK(first.get("a") == "2");
  CHECK(first.get("b") == "2");
}

TEST_CASE("a delayed flush that is set late takes effect by maintenance") {
  Store store(small_options());
  StoreUser user(store);
  user.on_turn();
  REQUIRE(user.set("a", "1"));
  store.flush_all_at(user.now);
  user.maintain();
  CHECK(user.outcome_of("a") == ReadOutcome::Flushed);
}

TEST_CASE("a later flush replaces a delayed one") {
  Store store(small_options());
  StoreUser user(store);
  store.flush_all_at(105);
  SECTION("by a delayed flush at another time") {
    store.flush_all_at(110);
    REQUIRE(user.set("a", "1"));
    user.now = 105;
    user.maintain();
    CHECK(user.get("a"));
    user.now = 110;
    user.maintain();
    CHECK(user.outcome_of("a") == ReadOutcome::Flushed);
  }
  SECTION("by an immediate flush") {
    store.flush_all(user.now);
    REQUIRE(user.set("a", "1"));
    user.now = 105;
    user.maintain();
    CHECK(user.get("a"));
  }
}

TEST_CASE("no command finds a flushed item") {
  Store store(small_options());
  StoreUser user(store);
  const auto flush = [&] {
    REQUIRE(user.set("a", "5"));
    store.flush_all(user.now);
  };
  flush();
  CHECK_FALSE(user.remove("a"));
  flush();
  CHECK_FALSE(user.touch("a", 0));
  flush();
  CHECK_FALSE(user.add("a", 1));
  flush();
  CHECK(user.write_as(WriteMode::Prepend, "a", "x") == WriteOutcome::NotStored);
  flush();
  CHECK(user.write_as(WriteMode::Add, "a", "x") == WriteOutcome::Stored);
  CHECK(user.get("a") == "x");
  store.verify();
}

TEST_CASE("counts follow removals") {
  Store store(small_options());
  StoreUser user(store);
  for (int i = 0; i < 1000; ++i) REQUIRE(user.set(std::to_string(i), std::string(100, 'x')));
  CHECK(support::sum_of(store, &ClassCounters::items) == 1000);
  for (int i = 0; i < 1000; i += 2) REQUIRE(user.remove(std::to_string(i)));
  CHECK(support::sum_of(store, &ClassCounters::items) == 500);
  CHECK_FALSE(user.remove("0"));
  for (int i = 1; i < 1000; i += 2) CHECK(user.get(std::to_string(i)));
  CHECK(store.inspect().items_stored() == 1000);
  store.verify();
}

TEST_CASE("bytes are counted with memcached's sizes and return to zero") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.write("key", "12345", {.flags = 7}) == WriteOutcome::Stored);
  CHECK(support::sum_of(store, &ClassCounters::bytes) == 48 + 8 + 4 + 4 + 5 + 2);
  REQUIRE(user.write_as(WriteMode::Append, "key", pattern(2, 30'000)) == WriteOutcome::Stored);
  CHECK(support::sum_of(store, &ClassCounters::bytes) == store.sizes().accounted(3, 7, 30'005));
  REQUIRE(user.remove("key"));
  CHECK(support::sum_of(store, &ClassCounters::bytes) == 0);
  CHECK(support::sum_of(store, &ClassCounters::pieces) == 0);
}

TEST_CASE("memcached's sizes decide whether an item fits") {
  Options options = small_options();
  options.item_size_max = 10'000;
  Store store(options);
  const uint64_t largest = 10'000 - store.sizes().accounted(10, 0, 0);
  CHECK(store.sizes().fits(10, 0, largest));
  CHECK_FALSE(store.sizes().fits(10, 0, largest + 1));
  CHECK_FALSE(store.sizes().fits(10, 1, largest));
  CHECK_FALSE(store.sizes().fits(10, 0, uint64_t{1} << 40));
}

TEST_CASE("all live items of a class are visited and no others") {
  Store store(small_options());
  StoreUser user(store);
  std::set<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "key" + std::to_string(1000 + i);
    REQUIRE(user.set(name, "value", i % 5 == 0 ? 101 : 0));
    if (i % 5 != 0 && i % 7 != 0) expected.insert(name);
    if (i % 7 == 0) user.remove(name);
  }
  REQUIRE(user.set("large", pattern(3, 100'000)));
  expected.insert("large");
  user.now = 101;
  std::set<std::string> visited;
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    store.inspect().for_each_item(static_cast<ClassId>(id), user.now, [&](const ItemView& view) {
      CHECK(visited.insert(std::string(view.key())).second);
      CHECK(view.class_id() == id);
      CHECK(view.seconds_since_access == 1);
      return true;
    });
  }
  CHECK(visited == expected);
}

TEST_CASE("a visit of items can be stopped") {
  Store store(small_options());
  StoreUser user(store);
  for (int i = 100; i < 200; ++i) REQUIRE(user.set(std::to_string(i), "value"));
  int visits = 0;
  store.inspect().for_each_item(user.find("100")->class_id, user.now,
                                [&](const ItemView&) { return ++visits < 3; });
  CHECK(visits == 3);
}

TEST_CASE("the age of a class is the age of the item that the hand visits next") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("old", "value"));
  const ClassId id = user.find("old")->class_id;
  user.now += 20;
  REQUIRE(user.set("new", "value"));
  CHECK(store.inspect().age_of_oldest(id, user.now) == 20);
  CHECK(user.get("old"));
  CHECK(store.inspect().age_of_oldest(id, user.now) == 0);
  CHECK(store.inspect().age_of_oldest(static_cast<ClassId>(id + 1), user.now) == 0);
}

TEST_CASE("prefetching changes nothing") {
  Store store(small_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  for (const char* name : {"a", "b"}) {
    store.prefetch_bucket(user.key(name));
    store.prefetch_item(user.key(name));
  }
  CHECK(user.get("a") == "1");
  CHECK_FALSE(user.get("b"));
}

// A slot that was emptied under the reader has two ghosts in the place of a reference.
TEST_CASE("a guess outside the reserved memory is not followed") {
  std::optional<Store> store;
  {
    const support::AddressSpaceLimit limit(size_t{256} << 20);
    REQUIRE(limit.is_set());
    store.emplace(small_options());
  }
  REQUIRE(store->is_usable());
  REQUIRE(store->inspect().pool().memory_bytes_reachable() < size_t{9} << 20);
  for (uint64_t ref = 1; ref < uint64_t{1} << 32; ref += 0xfffff) {
    store->prefetch_rest(static_cast<Ref>(ref));
  }
  StoreUser user(*store);
  REQUIRE(user.set("a", "1"));
  store->prefetch_rest(store->prefetch_item(user.key("a")));
  CHECK(user.get("a") == "1");
}

TEST_CASE("a store is not usable if the system provides no address space") {
  Options options = small_options();
  options.memory_bytes_max = size_t{1} << 61;
  CHECK_FALSE(Store(options).is_usable());
}

}  // namespace
}  // namespace larder::slab
