#include "server/insight/miniature_cache.h"

#include <catch2/catch.hpp>
#include <random>

namespace larder::server {
namespace {

struct Miniature {
  explicit Miniature(size_t key_count, uint64_t capacity) : keys(key_count) {
    for (SampledKey& key : keys) key.size = 100;
    cache.set_capacity(capacity);
  }
  void access(uint32_t key) { cache.holds(key) ? cache.hit(key) : cache.insert(key); }

  std::vector<SampledKey> keys;
  std::vector<uint32_t> forgotten;
  MiniatureCache cache{2, keys, forgotten};
};

TEST_CASE("a scan passes by what is asked for again and again") {
  Miniature of(1000, 2000);
  for (int round = 0; round < 3; ++round) {
    for (uint32_t key = 0; key < 10; ++key) of.access(key);
  }
  for (uint32_t key = 100; key < 1000; ++key) of.access(key);
  for (uint32_t key = 0; key < 10; ++key) CHECK(of.cache.holds(key));
  for (uint32_t key = 100; key < 980; ++key) CHECK_FALSE(of.cache.holds(key));
}

TEST_CASE("what comes back from the ghosts outlives what is new") {
  Miniature of(100, 1000);
  for (uint32_t key = 0; key < 11; ++key) of.access(key);
  REQUIRE_FALSE(of.cache.holds(0));
  CHECK(of.keys[0].spots[2].place == MiniaturePlace::Ghost);
  of.access(0);
  CHECK(of.keys[0].spots[2].place == MiniaturePlace::Main);
  for (uint32_t key = 20; key < 29; ++key) of.access(key);
  CHECK(of.cache.holds(0));
  CHECK_FALSE(of.cache.holds(10));
}

TEST_CASE("bytes are bounded, whatever comes and whatever changes") {
  Miniature of(500, 10'000);
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto key = static_cast<uint32_t>(random() % 500);
    switch (random() % 8) {
      case 0: of.cache.remove(key); break;
      case 1: {
        const uint32_t before = of.keys[key].size;
        of.keys[key].size = 1 + static_cast<uint32_t>(random() % 500);
        of.cache.resized(key, before);
        break;
      }
      case 2: of.cache.set_capacity(5'000 + random() % 10'000); break;
      default: of.access(key);
    }
    REQUIRE(of.cache.bytes() <= 15'000);
  }
  of.cache.set_capacity(0);
  CHECK(of.cache.bytes() == 0);
  uint64_t known = 0;
  for (const SampledKey& key : of.keys) known += key.known_count;
  CHECK(known == 0);  // there are no more ghosts than items
}

TEST_CASE("an item larger than the cache is not taken") {
  Miniature of(2, 1000);
  of.access(0);
  of.keys[1].size = 1001;
  of.cache.insert(1);
  CHECK_FALSE(of.cache.holds(1));
  CHECK(of.cache.holds(0));
}

TEST_CASE("a key is forgotten when no cache knows it") {
  Miniature of(1, 1000);
  MiniatureCache other(3, of.keys, of.forgotten);
  other.set_capacity(1000);
  of.cache.insert(0);
  other.insert(0);
  of.cache.remove(0);
  CHECK(of.forgotten.empty());
  other.remove(0);
  CHECK(of.forgotten == std::vector<uint32_t>{0});
}

}  // namespace
}  // namespace larder::server
