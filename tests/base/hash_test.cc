#include "base/hash.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace larder::base {
namespace {

TEST_CASE("the hash of a key is always the same") {
  const Hasher hasher(7);
  const std::string key = "some key";
  CHECK(hasher(key) == hasher(std::string(key)));
  CHECK(hasher("") == hasher(""));
}

TEST_CASE("a different seed gives a different hash") {
  CHECK(Hasher(1)("key") != Hasher(2)("key"));
}

TEST_CASE("the hash depends on every byte of the key and on no byte behind it") {
  const Hasher hasher(7);
  const std::string bytes = "abcdef";
  CHECK(hasher(std::string_view(bytes).substr(0, 3)) == hasher("abc"));
  CHECK(hasher("abc") != hasher("abd"));
  CHECK(hasher(std::string_view("a\0b", 3)) != hasher(std::string_view("a\0c", 3)));
}

TEST_CASE("hashes of numbered keys are evenly distributed in the low and in the high bits") {
  const Hasher hasher(7);
  std::set<uint64_t> low, high;
  for (int number = 0; number < 4096; ++number) {
    const uint64_t hash = hasher("key:" + std::to_string(number));
    low.insert(hash & 0xff);
    high.insert(hash >> 56);
  }
  // 4096 keys over 256 values: missing even one has odds of about 1 in 30 000.
  CHECK(low.size() == 256);
  CHECK(high.size() == 256);
}

}  // namespace
}  // namespace larder::base
