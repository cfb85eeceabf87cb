#include "slab/item_pin.h"

#include <catch2/catch.hpp>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::value_of;

Options tiny_options() {
  Options options;
  options.memory_bytes_max = size_t{2} << 20;
  options.hash_power = 0;
  options.thread_count_max = 2;
  return options;
}

// Overwrites all memory that can be had.
void churn(StoreUser& user) {
  for (uint64_t i = 0; i < 200; ++i) {
    user.set("churn" + std::to_string(i), pattern(1000 + i, 3'000 + i * 300));
  }
}

TEST_CASE("a pinned item outlives every change of its key") {
  Store store(tiny_options());
  StoreUser user(store);
  const size_t size = GENERATE(size_t{kCopiedValueSizeMax + 1}, size_t{9'000}, size_t{150'000});
  const std::string value = pattern(1, size);
  REQUIRE(user.set("a", value));
  ItemPin pin = user.pin("a");
  REQUIRE(pin);
  SECTION("removal") {
    REQUIRE(user.remove("a"));
    CHECK_FALSE(user.get("a"));
  }
  SECTION("replacement") {
    REQUIRE(user.set("a", pattern(2, size)));
    CHECK((user.get("a") == pattern(2, size)));
  }
  SECTION("appending") {
    REQUIRE(user.write_as(WriteMode::Append, "a", "tail") == WriteOutcome::Stored);
    CHECK((user.get("a") == value + "tail"));
  }
  SECTION("a flush") {
    store.flush_all(user.now);
    CHECK_FALSE(user.get("a"));
  }
  SECTION("expiry") {
    user.touch("a", 1);
    CHECK_FALSE(user.get("a"));
  }
  SECTION("eviction") {}
  SECTION("a lower memory limit") {
    store.set_memory_limit(size_t{1} << 20);
    for (int i = 0; i < 10; ++i) user.maintain();
  }
  churn(user);
  CHECK((value_of(pin) == value));
  user.remove("a");
  pin.reset();
  CHECK_FALSE(pin);
  churn(user);
  store.verify();
}

TEST_CASE("an item counts its pins") {
  Store store(tiny_options());
  StoreUser user(store);
  const std::string value = pattern(3, 20'000);
  REQUIRE(user.set("a", value));
  ItemPin first = user.pin("a");
  ItemPin second = user.pin("a");
  REQUIRE(user.remove("a"));
  first.reset();
  churn(user);
  CHECK((value_of(second) == value));
  ItemPin third(std::move(second));
  CHECK_FALSE(second);
  first = std::move(third);
  churn(user);
  CHECK((value_of(first) == value));
  first = ItemPin();
  churn(user);
  store.verify();
}

TEST_CASE("an item without pins stays in the store") {
  Store store(tiny_options());
  StoreUser user(store);
  REQUIRE(user.set("a", pattern(3, 20'000)));
  user.pin("a").reset();
  CHECK((user.get("a") == pattern(3, 20'000)));
  store.verify();
}

TEST_CASE("the memory of a removed item is released with its last pin") {
  Store store(tiny_options());
  StoreUser user(store);
  REQUIRE(user.set("a", pattern(3, 200'000)));
  ItemPin pin = user.pin("a");
  REQUIRE(user.remove("a"));
  CHECK(support::sum_of(store, &ClassCounters::pieces) > 0);
  pin.reset();
  CHECK(support::sum_of(store, &ClassCounters::pieces) == 0);
  store.verify();
}

TEST_CASE("a pin may be released on another thread's cache") {
  Store store(tiny_options());
  StoreUser writer(store), reader(store);
  REQUIRE(writer.set("a", pattern(3, 100'000)));
  ItemPin pin = reader.pin("a");
  REQUIRE(writer.remove("a"));
  pin.reset();
  churn(writer);
  churn(reader);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
