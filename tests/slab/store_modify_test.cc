// Counters, append and prepend.

#include <catch2/catch.hpp>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::pattern;
using support::StoreUser;

Options some_options() {
  Options options;
  options.memory_bytes_max = size_t{32} << 20;
  options.item_size_max = 4 << 20;
  options.hash_power = 10;
  return options;
}

constexpr uint64_t kLargest = UINT64_MAX;

TEST_CASE("a counter is incremented and decremented") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.write("n", "10", {.flags = 3, .exptime = 900}) == WriteOutcome::Stored);
  CHECK(user.add("n", 5) == 15u);
  CHECK(user.get("n") == "15");
  CHECK(user.add("n", 6, true) == 9u);
  CHECK(user.get("n") == "9 ");  // in place, padded to its length
  CHECK(user.add("n", 1) == 10u);
  CHECK(user.get("n") == "10");
  CHECK(user.add("n", 990) == 1000u);  // too long for its place
  const std::optional<Found> found = user.find("n");
  CHECK(found->value == "1000");
  CHECK(found->flags == 3);
  CHECK(found->exptime == 900);
  store.verify();
}

TEST_CASE("an increment wraps around and a decrement stops at zero") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.set("n", std::to_string(kLargest)));
  CHECK(user.add("n", 1) == 0u);
  CHECK(user.get("n") == "0" + std::string(19, ' '));
  CHECK(user.add("n", kLargest) == kLargest);
  CHECK(user.add("n", kLargest) == kLargest - 1);
  REQUIRE(user.set("n", "5"));
  CHECK(user.add("n", 6, true) == 0u);
  CHECK(user.add("n", kLargest, true) == 0u);
}

TEST_CASE("a counter grows through every length and stays one item") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.set(std::string(250, 'n'), "1"));
  uint64_t expected = 1;
  for (int digits = 2; digits <= 19; ++digits) {
    CHECK(user.add(std::string(250, 'n'), expected * 9) == expected * 10);
    expected *= 10;
    CHECK(user.get(std::string(250, 'n')) == std::to_string(expected));
  }
  CHECK(support::sum_of(store, &ClassCounters::items) == 1);
  store.verify();
}

TEST_CASE("a value is parsed as a number as in memcached") {
  Store store(some_options());
  StoreUser user(store);
  const auto [text, number] = GENERATE(table<std::string, std::optional<uint64_t>>({
      {"0", 1},
      {"007", 8},
      {" 7", 8},
      {"7 ", 8},
      {"7 apples", 8},
      {std::string("7\0 apples", 9), 8},
      {"+7", 8},
      {"-0", 1},
      {"18446744073709551614", kLargest},
      {"18446744073709551615", 0},
      {"18446744073709551616", std::nullopt},
      {"99999999999999999999999", std::nullopt},
      {"-7", std::nullopt},
      {"", std::nullopt},
      {" ", std::nullopt},
      {"+", std::nullopt},
      {"-", std::nullopt},
      {"+-7", std::nullopt},
      {"7apples", std::nullopt},
      {"apples", std::nullopt},
      {"0x10", std::nullopt},
      {"1.5", std::nullopt},
  }));
  CAPTURE(text);
  REQUIRE(user.set("n", text));
  CHECK(user.add("n", 1) == number);
  if (!number) {
    CHECK(user.last_arithmetic == ArithmeticOutcome::NotANumber);
    CHECK(user.get("n") == text);
  }
}

TEST_CASE("a large value is not a number") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.set("n", "1" + std::string(kCopiedValueSizeMax, ' ')));
  CHECK_FALSE(user.add("n", 1));
  CHECK(user.last_arithmetic == ArithmeticOutcome::NotANumber);
  REQUIRE(user.set("n", "1" + std::string(kCopiedValueSizeMax - 1, ' ')));
  CHECK(user.add("n", 1) == 2u);
}

TEST_CASE("appending and prepending keep the other properties of the item") {
  Store store(some_options());
  StoreUser user(store);
  REQUIRE(user.write("a", "middle", {.flags = 9, .exptime = 700}) == WriteOutcome::Stored);
  const uint64_t cas = user.find("a")->cas;
  CHECK(user.write("a", "<end", {.mode = WriteMode::Append, .flags = 1, .exptime = 5}) ==
        WriteOutcome::Stored);
  CHECK(user.write("a", "begin>", {.mode = WriteMode::Prepend, .flags = 0, .exptime = 1}) ==
        WriteOutcome::Stored);
  const std::optional<Found> found = user.find("a");
  CHECK(found->value == "begin>middle<end");
  CHECK(found->flags == 9);
  CHECK(found->exptime == 700);
  CHECK(found->cas > cas);
  CHECK(user.write_as(WriteMode::Append, "a", "") == WriteOutcome::Stored);
  CHECK(user.get("a") == "begin>middle<end");
  store.verify();
}

TEST_CASE("values of all layouts can be concatenated") {
  Options options = some_options();
  options.chunk_size_max = GENERATE(512u, 64u << 10);
  Store store(options);
  StoreUser user(store);
  const size_t old_size = GENERATE(size_t{0}, size_t{100}, size_t{4096}, size_t{4097},
                                   size_t{9'000}, size_t{70'000}, size_t{1'000'000});
  const size_t added_size =
      GENERATE(size_t{0}, size_t{1}, size_t{4096}, size_t{9'500}, size_t{300'000});
  CAPTURE(options.chunk_size_max, old_size, added_size);
  const std::string old_value = pattern(1, old_size);
  const std::string added = pattern(2, added_size);
  REQUIRE(user.set("a", old_value));
  REQUIRE(user.write_as(WriteMode::Append, "a", added) == WriteOutcome::Stored);
  CHECK((user.get("a") == old_value + added));
  REQUIRE(user.write_as(WriteMode::Prepend, "a", added) == WriteOutcome::Stored);
  CHECK((user.get("a") == added + old_value + added));
  CHECK(support::sum_of(store, &ClassCounters::items) == 1);
  store.verify();
  REQUIRE(user.remove("a"));
  CHECK(support::sum_of(store, &ClassCounters::pieces) == 0);
}

TEST_CASE("many small appends make one value") {
  Store store(some_options());
  StoreUser user(store);
  std::string expected = pattern(0, 10);
  REQUIRE(user.set("a", expected));
  for (uint64_t i = 1; i < 1500; ++i) {
    const std::string part = pattern(i, 37);
    REQUIRE(user.write_as(WriteMode::Append, "a", part) == WriteOutcome::Stored);
    expected += part;
    if (i % 100 == 0) REQUIRE((user.get("a") == expected));
  }
  CHECK((user.get("a") == expected));
  store.verify();
}

TEST_CASE("a concatenation over the largest item size is refused and changes nothing") {
  Options options = some_options();
  options.item_size_max = 20'000;
  Store store(options);
  StoreUser user(store);
  const std::string value = pattern(1, 15'000);
  REQUIRE(user.set("a", value));
  CHECK(user.write_as(WriteMode::Append, "a", value) == WriteOutcome::NotStored);
  CHECK((user.get("a") == value));
  CHECK(support::sum_of(store, &ClassCounters::items) == 1);
  store.verify();
}

TEST_CASE("a concatenation without memory is refused and changes nothing") {
  Options options = some_options();
  options.evicts = false;
  options.memory_bytes_max = size_t{1} << 20;
  options.hash_power = 0;
  Store store(options);
  StoreUser user(store);
  const std::string value = pattern(1, 400'000);
  REQUIRE(user.set("a", value));
  CHECK(user.write_as(WriteMode::Append, "a", value) == WriteOutcome::NotStored);
  CHECK((user.get("a") == value));
  store.verify();
  REQUIRE(user.remove("a"));
  CHECK(support::sum_of(store, &ClassCounters::pieces) == 0);
}

}  // namespace
}  // namespace larder::slab
