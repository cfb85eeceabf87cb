#include "client/key_hashes.h"

#include <catch2/catch.hpp>

namespace larder::client {
namespace {

TEST_CASE("MD5 gives the values of RFC 1321, as little-endian words") {
  // From RFC 1321: d41d8cd98f00b204e9800998ecf8427e and 900150983cd24fb0d6963f7d28e17f72.
  CHECK(md5_words("") == Md5Words{0xd98c1dd4, 0x04b2008f, 0x980980e9, 0x7e42f8ec});
  CHECK(md5_words("abc") == Md5Words{0x98500190, 0xb04fd23c, 0x7d3f96d6, 0x727fe128});
}

TEST_CASE("murmur3 gives the values of the reference, for every length of the string") {
  CHECK(murmur3_32("", "", 0) == 0);
  CHECK(murmur3_32("", "", 1) == 0x514e28b7);
  CHECK(murmur3_32("6666", "", 0) == 1361238019);
  CHECK(murmur3_32("6666", "", 10) == 2981722772);
  for (const size_t cut : {0, 1, 2, 3, 4}) {
    const std::string_view whole = "6666";
    CHECK(murmur3_32(whole.substr(0, cut), whole.substr(cut), 10) == 2981722772);
  }
}

TEST_CASE("one-at-a-time gives Jenkins's values for ASCII bytes") {
  CHECK(one_at_a_time("a") == 0xca2e9442);
  CHECK(one_at_a_time("The quick brown fox jumps over the lazy dog") == 0x519e91f5);
}

TEST_CASE("twemproxy's fnv1a_64 is the lower half of 64-bit FNV-1a for ASCII bytes") {
  // The lower halves of af63dc4c8601ec8c and 85944171f73967e8.
  CHECK(twemproxy_fnv1a_64("a") == 0x8601ec8c);
  CHECK(twemproxy_fnv1a_64("foobar") == 0xf73967e8);
}

// Values from the tests of other implementations, and from the formula calculated in Python.
TEST_CASE("the jump hash gives the buckets of the paper") {
  CHECK(jump_bucket(1, 1) == 0);
  CHECK(jump_bucket(42, 57) == 43);
  CHECK(jump_bucket(0xdead10cc, 1) == 0);
  CHECK(jump_bucket(0xdead10cc, 666) == 361);
  CHECK(jump_bucket(256, 1024) == 520);
  CHECK(jump_bucket(10863919174838991, 11) == 6);
  CHECK(jump_bucket(2016238256797177309, 11) == 3);
  CHECK(jump_bucket(1673758223894951030, 11) == 5);
  CHECK(jump_bucket(2, 100001) == 80343);
  CHECK(jump_bucket(2202, 100001) == 15018);
}

TEST_CASE("one more bucket takes its share of the keys and moves none between the others") {
  uint64_t hash = 1;
  for (size_t count = 1; count < 40; ++count) {
    size_t moved = 0;
    for (int i = 0; i < 4000; ++i) {
      hash = hash * 6364136223846793005 + 1442695040888963407;
      const size_t before = jump_bucket(hash, count);
      const size_t after = jump_bucket(hash, count + 1);
      if (after == before) continue;
      CHECK(after == count);
      ++moved;
    }
    CHECK(moved > 4000 / (count + 1) / 2);
    CHECK(moved < 4000 / (count + 1) * 2);
  }
}

}  // namespace
}  // namespace larder::client
