#include "client/key_hashes.h"

#include <catch2/catch.hpp>

namespace larder::client {
namespace {

TEST_CASE("MD5 is RFC 1321's, in little-endian words") {
  // The RFC's d41d8cd98f00b204e9800998ecf8427e and 900150983cd24fb0d6963f7d28e17f72.
  CHECK(md5_words("") == Md5Words{0xd98c1dd4, 0x04b2008f, 0x980980e9, 0x7e42f8ec});
  CHECK(md5_words("abc") == Md5Words{0x98500190, 0xb04fd23c, 0x7d3f96d6, 0x727fe128});
}

TEST_CASE("murmur3 is the reference's, wherever the string is cut") {
  CHECK(murmur3_32("", "", 0) == 0);
  CHECK(murmur3_32("", "", 1) == 0x514e28b7);
  CHECK(murmur3_32("6666", "", 0) == 1361238019);
  CHECK(murmur3_32("6666", "", 10) == 2981722772);
  for (const size_t cut : {0, 1, 2, 3, 4}) {
    const std::string_view whole = "6666";
    CHECK(murmur3_32(whole.substr(0, cut), whole.substr(cut), 10) == 2981722772);
  }
}

TEST_CASE("one-at-a-time is Jenkins's for plain bytes") {
  CHECK(one_at_a_time("a") == 0xca2e9442);
  CHECK(one_at_a_time("The quick brown fox jumps over the lazy dog") == 0x519e91f5);
}

TEST_CASE("twemproxy's fnv1a_64 is the lower half of FNV-1a's 64 bits for plain bytes") {
  // Of af63dc4c8601ec8c and 85944171f73967e8.
  CHECK(twemproxy_fnv1a_64("a") == 0x8601ec8c);
  CHECK(twemproxy_fnv1a_64("foobar") == 0xf73967e8);
}

}  // namespace
}  // namespace larder::client
