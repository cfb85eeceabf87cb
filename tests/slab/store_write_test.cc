// Writes of every mode and of every size.

#include <catch2/catch.hpp>
#include <set>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::pattern;
using support::StoreUser;

Options roomy_options() {
  Options options;
  options.memory_bytes_max = size_t{64} << 20;
  options.item_size_max = 16 << 20;
  options.hash_power = 10;
  options.thread_count_max = 3;
  return options;
}

TEST_CASE("each write mode depends on whether the item exists") {
  Store store(roomy_options());
  StoreUser user(store);
  CHECK(user.write_as(WriteMode::Replace, "a", "0") == WriteOutcome::NotStored);
  CHECK(user.write_as(WriteMode::Append, "a", "0") == WriteOutcome::NotStored);
  CHECK(user.write_as(WriteMode::Prepend, "a", "0") == WriteOutcome::NotStored);
  CHECK(user.cas("a", "0", 1) == WriteOutcome::NotFound);
  CHECK_FALSE(user.get("a"));
  CHECK(user.write_as(WriteMode::Add, "a", "1") == WriteOutcome::Stored);
  CHECK(user.write_as(WriteMode::Add, "a", "2") == WriteOutcome::NotStored);
  CHECK(user.get("a") == "1");
  CHECK(user.write_as(WriteMode::Replace, "a", "3") == WriteOutcome::Stored);
  CHECK(user.get("a") == "3");
  CHECK(user.write_as(WriteMode::Set, "a", "4") == WriteOutcome::Stored);
  CHECK(user.get("a") == "4");
  store.verify();
}

TEST_CASE("a compare and swap requires the current id of the item") {
  Store store(roomy_options());
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  const uint64_t cas = user.find("a")->cas;
  CHECK(user.cas("a", "2", cas + 1) == WriteOutcome::Exists);
  CHECK(user.cas("a", "2", 0) == WriteOutcome::Exists);
  CHECK(user.get("a") == "1");
  CHECK(user.cas("a", "2", cas) == WriteOutcome::Stored);
  CHECK(user.get("a") == "2");
  CHECK(user.cas("a", "3", cas) == WriteOutcome::Exists);
  store.verify();
}

TEST_CASE("every change by any thread gives an item a higher CAS id") {
  Store store(roomy_options());
  StoreUser one(store), two(store), three(store);
  REQUIRE(one.set("a", "1"));
  std::set<uint64_t> ids{one.find("a")->cas};
  const auto check_next = [&] {
    const uint64_t cas = three.find("a")->cas;
    CHECK(cas > *ids.rbegin());
    ids.insert(cas);
  };
  for (int i = 0; i < 50; ++i) {
    REQUIRE(two.set("a", "9"));
    check_next();
    REQUIRE(one.add("a", 1));  // a longer number
    check_next();
    REQUIRE(three.add("a", 1));  // in place
    check_next();
    REQUIRE(two.write_as(WriteMode::Append, "a", "0") == WriteOutcome::Stored);
    check_next();
  }
}

TEST_CASE("CAS ids increase across a removal after an exchange of clocks") {
  Store store(roomy_options());
  StoreUser one(store), two(store);
  for (int i = 0; i < 100; ++i) REQUIRE(one.set("a", "1"));
  const uint64_t cas = one.find("a")->cas;
  REQUIRE(one.remove("a"));
  two.on_turn();
  REQUIRE(two.set("a", "2"));
  CHECK(two.find("a")->cas > cas);
}

TEST_CASE("a store without CAS ids returns zero and swaps nothing") {
  Options options = roomy_options();
  options.has_cas = false;
  Store store(options);
  StoreUser user(store);
  REQUIRE(user.set("a", "1"));
  CHECK(user.find("a")->cas == 0);
  CHECK(user.cas("a", "2", 1) == WriteOutcome::Exists);
  CHECK(user.cas("a", "2", 0) == WriteOutcome::Exists);
}

// Sizes around every border: of classes, of copying, of the largest whole item, of pieces.
std::vector<size_t> sizes_at_borders(const SizeClasses& classes, size_t key_size, bool has_cas) {
  std::set<size_t> borders{0, 1, kCopiedValueSizeMax, classes.whole_item_max()};
  for (const size_t traits : {has_cas ? 1u : 0u, has_cas ? 5u : 4u}) {
    const size_t prefix = Item::kHeaderSize + kOptionalSizes[traits] + key_size;
    borders.insert(classes.whole_item_max() - prefix);
    for (size_t id = 1; id <= classes.count(); id += 9) {
      const size_t chunk_size = classes.chunk_size(static_cast<ClassId>(id));
      if (chunk_size > prefix) borders.insert(chunk_size - prefix);
    }
  }
  size_t all_pieces = 0;
  for (const ClassId id : classes.piece_classes()) {
    const size_t payload = classes.chunk_size(id) - Piece::kHeaderSize;
    all_pieces += payload;
    for (const size_t count : {1, 2, 3}) borders.insert(count * payload);
    borders.insert(payload + classes.whole_item_max());
  }
  borders.insert(all_pieces);
  borders.insert(all_pieces + classes.whole_item_max() - key_size);
  std::set<size_t> sizes;
  for (const size_t border : borders) {
    for (size_t around = 0; around <= 4; ++around) {
      if (border + around >= 2) sizes.insert(border + around - 2);
    }
  }
  return {sizes.begin(), sizes.end()};
}

TEST_CASE("values of any size around every limit are stored exactly") {
  Options options = roomy_options();
  options.has_cas = GENERATE(true, false);
  options.chunk_size_max = GENERATE(16u, 1000u, 9000u, 20'000u, 64u << 10);
  options.memory_bytes_max = GENERATE(size_t{64} << 20, size_t{40} << 30);  // granules of 8 and 16
  Store store(options);
  REQUIRE(store.is_usable());
  StoreUser user(store);
  const std::string key = GENERATE(as<std::string>{}, "k", std::string(250, 'K'));
  CAPTURE(options.has_cas, options.chunk_size_max, options.memory_bytes_max, key.size());
  size_t wrong_count = 0;
  for (const size_t size : sizes_at_borders(store.classes(), key.size(), options.has_cas)) {
    const uint32_t flags = size % 3 == 0 ? 0 : static_cast<uint32_t>(size);
    const std::string value = pattern(size, size);
    CAPTURE(size, flags);
    REQUIRE(user.write(key, value, {.flags = flags}) == WriteOutcome::Stored);
    const std::optional<Found> found = user.find(key);
    REQUIRE(found);
    if (found->value != value) ++wrong_count;
    REQUIRE(found->flags == flags);
    REQUIRE(found->is_large ==
            (size > kCopiedValueSizeMax || Item::kHeaderSize + (options.has_cas ? 8 : 0) +
                                                   (flags != 0 ? 4 : 0) + key.size() + size >
                                               store.classes().whole_item_max()));
  }
  CHECK(wrong_count == 0);
  CHECK(support::sum_of(store, &ClassCounters::items) == 1);
  store.verify();
  REQUIRE(user.remove(key));
  CHECK(support::sum_of(store, &ClassCounters::pieces) == 0);
  store.verify();
}

TEST_CASE("values of several megabytes are stored exactly") {
  Store store(roomy_options());
  StoreUser user(store);
  const size_t size = GENERATE(size_t{1} << 20, (size_t{3} << 20) + 12'345, (size_t{10} << 20) - 1);
  const std::string value = pattern(size, size);
  REQUIRE(user.set("big", value));
  CHECK((user.get("big") == value));
  REQUIRE(user.set("big", "small again"));
  CHECK(user.get("big") == "small again");
  CHECK(support::sum_of(store, &ClassCounters::pieces) == 0);
  store.verify();
}

TEST_CASE("a chained value wastes little memory") {
  Store store(roomy_options());
  StoreUser user(store);
  const size_t size = GENERATE(size_t{20'000}, size_t{100'000}, size_t{1'000'000});
  const size_t before = store.inspect().budget().used();
  const size_t count = (size_t{16} << 20) / size;
  for (size_t i = 0; i < count; ++i) REQUIRE(user.set(std::to_string(i), pattern(i, size)));
  const size_t taken = store.inspect().budget().used() - before;
  CAPTURE(size, taken, count);
  CHECK(static_cast<double>(taken) < 1.06 * static_cast<double>(size * count));
}

TEST_CASE("the index grows with the items and every key is found") {
  Options options = roomy_options();
  options.hash_power = 0;
  Store store(options);
  StoreUser user(store);
  constexpr int kItems = 30'000;
  for (int i = 0; i < kItems; ++i) REQUIRE(user.set("key" + std::to_string(i), "v"));
  CHECK(store.inspect().index().bucket_count() > kItems / 10);
  for (int i = 0; i < kItems; ++i) REQUIRE(user.get("key" + std::to_string(i)));
  CHECK(store.inspect().index().memory_bytes() < 9 * kItems);
  store.verify();
}

TEST_CASE("every key is found in an index that may not grow") {
  Options options = roomy_options();
  options.hash_power = 0;
  options.index_grows = false;
  Store store(options);
  StoreUser user(store);
  constexpr int kItems = 5'000;
  for (int i = 0; i < kItems; ++i) REQUIRE(user.set("key" + std::to_string(i), "v"));
  CHECK(store.inspect().index().bucket_count() == 64);
  for (int i = 0; i < kItems; ++i) REQUIRE(user.get("key" + std::to_string(i)));
  store.verify();
}

TEST_CASE("rewriting the same keys does not grow the index") {
  Options options = roomy_options();
  options.hash_power = 0;
  Store store(options);
  StoreUser user(store);
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = std::to_string(i % 100);
    REQUIRE(user.set(name, "v"));
    if (i % 3 == 0) REQUIRE(user.remove(name));
  }
  CHECK(store.inspect().index().bucket_count() == 64);
}

TEST_CASE("items that expire unread one after the other do not grow the index") {
  Options options = roomy_options();
  options.hash_power = 0;
  Store store(options);
  StoreUser user(store);
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = std::to_string(i % 100);
    REQUIRE(user.set(name, "v", user.now + 1));
    ++user.now;
  }
  CHECK(store.inspect().index().bucket_count() == 64);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
