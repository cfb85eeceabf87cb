#include "slab/item_writer.h"

#include <catch2/catch.hpp>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

Options some_options() {
  Options options;
  options.memory_bytes_max = size_t{16} << 20;
  options.item_size_max = 8 << 20;
  options.hash_power = 8;
  return options;
}

// Chunks of all classes that are neither free nor at hand: of items, pieces and writers.
size_t chunks_in_use(Store& store) {
  size_t count = 0;
  for (size_t i = 1; i <= store.classes().count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    const SlabClass::Usage usage = store.inspect().usage_of(id);
    count += usage.carved_count - usage.free_count - store.inspect().chunks_at_hand(id);
  }
  return count;
}

TEST_CASE("a writer can be filled in steps of any size") {
  Store store(some_options());
  StoreUser user(store);
  const size_t size =
      GENERATE(size_t{0}, size_t{10}, size_t{5'000}, size_t{9'400}, size_t{200'000});
  const size_t step = GENERATE(size_t{1}, size_t{7}, size_t{1'000}, size_t{1} << 20);
  CAPTURE(size, step);
  const std::string value = pattern(4, size);
  ItemWriter writer =
      store.reserve(user.cache(), user.key("a"), 5, static_cast<uint32_t>(size), user.now);
  REQUIRE(writer);
  CHECK(writer.value_size() == size);
  CHECK_FALSE(user.get("a"));
  size_t written = 0;
  while (!writer.is_full()) {
    CHECK(writer.missing() == size - written);
    const std::span<char> room = writer.room(user.now);
    REQUIRE_FALSE(room.empty());
    const size_t part = std::min(step, room.size());
    std::memcpy(room.data(), value.data() + written, part);
    writer.advance(static_cast<uint32_t>(part));
    written += part;
  }
  CHECK(written == size);
  CHECK(writer.room(user.now).empty());
  CHECK(store.commit(std::move(writer), user.key("a"), {.exptime = 500}, user.now) ==
        WriteOutcome::Stored);
  const auto found = user.find("a");
  REQUIRE(found);
  CHECK((found->value == value));
  CHECK(found->flags == 5);
  CHECK(found->exptime == 500);
  store.verify();
}

TEST_CASE("a large value allocates its pieces as its bytes arrive") {
  Store store(some_options());
  StoreUser user(store);
  ItemWriter writer = store.reserve(user.cache(), user.key("a"), 0, 4 << 20, user.now);
  REQUIRE(writer);
  CHECK(store.inspect().pool().pages_in_use() <= 2);
  REQUIRE(writer.append(pattern(1, 200'000), user.now));
  CHECK(store.inspect().pool().pages_in_use() <= 6);
  CHECK(writer.missing() == (4 << 20) - 200'000);
}

TEST_CASE("a writer that is not committed leaves no trace") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "old"));
  const size_t before = chunks_in_use(store);
  const size_t sent = GENERATE(size_t{0}, size_t{100}, size_t{70'000}, size_t{299'999});
  {
    ItemWriter writer = store.reserve(user.cache(), user.key("a"), 0, 300'000, user.now);
    REQUIRE(writer.append(pattern(1, sent), user.now));
    CHECK(chunks_in_use(store) > before);
    SECTION("destroyed") {}
    SECTION("abandoned") {
      writer.reset();
      CHECK_FALSE(writer);
    }
    SECTION("replaced by another writer") { writer = ItemWriter(); }
  }
  CHECK(chunks_in_use(store) == before);
  CHECK(sum_of(store, &ClassCounters::pieces) == 0);
  CHECK(user.get("a") == "old");
  store.verify();
}

TEST_CASE("a write that is not stored leaves no trace") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "old"));
  const size_t before = chunks_in_use(store);
  CHECK(user.write_as(WriteMode::Add, "a", pattern(1, 100'000)) == WriteOutcome::NotStored);
  CHECK(user.write_as(WriteMode::Replace, "b", pattern(1, 100'000)) == WriteOutcome::NotStored);
  CHECK(user.write_as(WriteMode::Append, "b", pattern(1, 100'000)) == WriteOutcome::NotStored);
  CHECK(user.cas("a", pattern(1, 100'000), 0) == WriteOutcome::Exists);
  CHECK(chunks_in_use(store) == before);
  store.verify();
}

TEST_CASE("a writer can be moved") {
  Store store(some_options());
  StoreUser user(store);
  const std::string value = pattern(9, 100'000);
  ItemWriter first = store.reserve(user.cache(), user.key("a"), 0, 100'000, user.now);
  REQUIRE(first.append(std::string_view(value).substr(0, 30'000), user.now));
  ItemWriter second(std::move(first));
  CHECK_FALSE(first);
  REQUIRE(second.append(std::string_view(value).substr(30'000, 30'000), user.now));
  ItemWriter third = store.reserve(user.cache(), user.key("b"), 0, 50'000, user.now);
  third = std::move(second);
  REQUIRE(third.append(std::string_view(value).substr(60'000), user.now));
  REQUIRE(third.is_full());
  CHECK(store.commit(std::move(third), user.key("a"), {}, user.now) == WriteOutcome::Stored);
  CHECK((user.get("a") == value));
  CHECK_FALSE(user.get("b"));
  store.verify();
}

TEST_CASE("a value for which memory runs out midway releases all its memory") {
  Options options = some_options();
  options.evicts = false;
  options.memory_bytes_max = size_t{1} << 20;
  Store store(options);
  StoreUser user(store);
  REQUIRE(user.set("small", "kept"));
  const size_t before = chunks_in_use(store);
  {
    ItemWriter writer = store.reserve(user.cache(), user.key("a"), 0, 4 << 20, user.now);
    REQUIRE(writer);
    CHECK_FALSE(writer.append(pattern(1, 4 << 20), user.now));
    CHECK_FALSE(writer.is_full());
    CHECK(writer.room(user.now).empty());
  }
  CHECK(chunks_in_use(store) == before);
  CHECK(sum_of(store, &ClassCounters::out_of_memory) == 1);  // write, however often it was tried
  CHECK(user.write_as(WriteMode::Set, "a", pattern(1, 4 << 20)) == WriteOutcome::OutOfMemory);
  CHECK(user.get("small") == "kept");
  CHECK(user.set("a", pattern(2, 500'000)));
  store.verify();
}

TEST_CASE("a value larger than the whole memory is refused even if items may be evicted") {
  Options options = some_options();
  options.memory_bytes_max = size_t{1} << 20;
  Store store(options);
  StoreUser user(store);
  CHECK(user.write_as(WriteMode::Set, "a", pattern(1, 4 << 20)) == WriteOutcome::OutOfMemory);
  for (int i = 0; i < 3; ++i) user.maintain();
  CHECK(user.set("a", pattern(2, 300'000)));
  CHECK((user.get("a") == pattern(2, 300'000)));
  store.verify();
}

}  // namespace
}  // namespace larder::slab
