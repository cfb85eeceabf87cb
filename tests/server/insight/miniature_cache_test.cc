#include "server/insight/miniature_cache.h"

#include <catch2/catch.hpp>
#include <random>

namespace larder::server {
namespace {

constexpr base::Time kNow = 100;
constexpr size_t kPlace = 2;
constexpr slab::ClassId kId = 30;
constexpr slab::ClassId kOtherId = 40;

slab::Options options_of(bool evicts = true) {
  slab::Options options;
  options.memory_bytes_max = 1 << 20;
  options.evicts = evicts;
  return options;
}

// A cache that samples every key; all keys have one size unless the test changes it.
struct Miniature {
  explicit Miniature(size_t key_count, size_t page_count, slab::Options chosen = options_of())
      : options(chosen), keys(key_count) {
    for (SampledKey& key : keys) key.chunks = {.head = kId};
    // The additional page is for the index.
    cache.set_memory((page_count + 1) * slab::kPageSize, 1, kNow);
    REQUIRE(cache.page_count_max() == page_count);
  }
  void access(uint32_t key) { cache.holds(key) ? cache.hit(key) : cache.insert(key, kNow); }
  uint32_t per_page() const { return classes.chunks_per_page(kId); }
  bool is_ghost(uint32_t key) const {
    const MiniaturePlace place = keys[key].places[kPlace];
    return place != kNowhere && class_of(place) == slab::kNoClass;
  }

  slab::Options options;
  slab::SizeClasses classes{options, slab::kGranuleShiftMin};
  std::vector<SampledKey> keys;
  std::vector<uint32_t> forgotten;
  MiniatureCache cache{kPlace, options, classes, keys, forgotten};
};

TEST_CASE("a scan does not displace keys that are requested repeatedly") {
  Miniature of(10'000, 2);
  const uint32_t hot_count = of.per_page();
  for (int round = 0; round < 3; ++round) {
    for (uint32_t key = 0; key < hot_count; ++key) of.access(key);
  }
  for (uint32_t key = hot_count; key < 10'000; ++key) of.access(key);
  for (uint32_t key = 0; key < hot_count; ++key) CHECK(of.cache.holds(key));
  CHECK(of.cache.item_count() == 2 * of.per_page());
}

TEST_CASE("a key that returns from the ghosts outlives new keys") {
  Miniature of(1000, 1);
  const uint32_t count = of.per_page();
  for (uint32_t key = 0; key <= count; ++key) of.access(key);
  REQUIRE(of.is_ghost(0));
  of.access(0);
  CHECK(of.cache.holds(0));
  for (uint32_t key = count + 1; key < 2 * count; ++key) of.access(key);
  CHECK(of.cache.holds(0));
  CHECK_FALSE(of.cache.holds(2));
}

TEST_CASE("the numbers of chunks and ghosts are bounded for any requests and changes") {
  const bool evicts = GENERATE(true, false);
  Miniature of(3000, 8, options_of(evicts));
  std::mt19937 random(1);
  const auto any_chunks = [&] {
    slab::Footprint chunks{.head = static_cast<slab::ClassId>(1 + random() % 60)};
    if (random() % 4 == 0) chunks.piece_counts[random() % 4] = 1;
    if (random() % 16 == 0) chunks.piece_counts[0] = 3;
    return chunks;
  };
  for (int i = 0; i < 30'000; ++i) {
    const auto key = static_cast<uint32_t>(random() % of.keys.size());
    switch (random() % 16) {
      case 0: of.cache.remove(key); break;
      case 1: {
        const slab::Footprint chunks = any_chunks();
        of.cache.resize(key, chunks, kNow);
        if (of.keys[key].places[kPlace] == kNowhere || of.cache.holds(key)) {
          of.keys[key].chunks = chunks;
        }
        break;
      }
      case 2: of.cache.balance(1, kNow + static_cast<base::Time>(i / 100)); break;
      case 3: {
        const double rate = random() % 2 == 0 ? 1 : 0.3;
        of.cache.set_memory((4 + random() % 8) * slab::kPageSize, rate, kNow);
        break;
      }
      default: of.access(key);
    }
    REQUIRE(of.cache.ghost_count() <= of.cache.item_count() + 1);
  }
  for (uint32_t key = 0; key < of.keys.size(); ++key) of.cache.remove(key);
  CHECK(of.cache.item_count() == 0);
  CHECK(of.cache.ghost_count() == 0);
  uint64_t known = 0;
  for (const SampledKey& key : of.keys) known += key.known_count;
  CHECK(known == 0);
}

TEST_CASE("dead items are removed first and leave no ghost") {
  Miniature of(1000, 1);
  const uint32_t count = of.per_page();
  for (uint32_t key = 0; key < count; ++key) of.access(key);
  for (uint32_t key = 0; key < count; ++key) of.access(key);
  of.keys[0].expires_at = kNow;
  of.access(count);
  CHECK_FALSE(of.cache.holds(0));
  CHECK_FALSE(of.is_ghost(0));
  CHECK(of.cache.ghost_count() == 0);
}

TEST_CASE("a chained item is in each of its classes, and is evicted with any of them") {
  Miniature of(1000, 2);
  const slab::ClassId piece = of.classes.piece_classes()[0];  // a chunk is a whole page
  of.keys[0].chunks = {.head = kId, .piece_counts = {1}};
  of.keys[1].chunks = {.head = kId, .piece_counts = {1}};
  of.access(0);
  CHECK(of.cache.page_count(kId) == 1);
  CHECK(of.cache.page_count(piece) == 1);
  of.access(1);
  CHECK(of.cache.holds(1));
  CHECK_FALSE(of.cache.holds(0));
  CHECK(of.cache.item_count() == 1);
}

TEST_CASE("a store that does not evict keeps its first items") {
  Miniature of(1000, 1, options_of(false));
  for (uint32_t key = 0; key < 1000; ++key) of.access(key);
  CHECK(of.cache.holds(0));
  CHECK(of.cache.item_count() == of.per_page());
  CHECK(of.cache.ghost_count() == 0);
}

TEST_CASE("a class without a page takes one from the class with the most") {
  Miniature of(2000, 3);
  for (uint32_t key = 0; key < 3 * of.per_page(); ++key) of.access(key);
  of.keys[1999].chunks = {.head = kOtherId};
  of.access(1999);
  CHECK(of.cache.holds(1999));
  CHECK(of.cache.page_count(kOtherId) == 1);
  CHECK(of.cache.page_count(kId) == 2);
  CHECK(of.cache.item_count() == 2 * of.per_page() + 1);
}

TEST_CASE("pages move to the class where they gain more hits, unless automove is off") {
  const int automove = GENERATE(0, 1);
  Miniature of(60'000, 15);
  // At first a class of large items that are never read again has all the pages.
  uint32_t next = 0;
  while (next < 4000) {
    of.keys[next].chunks = {.head = kOtherId};
    of.access(next++);
  }
  REQUIRE(of.cache.page_count(kOtherId) == 15);
  std::mt19937 random(1);
  for (base::Time now = kNow; now < kNow + 60; ++now) {
    for (uint32_t i = 0; i < 400; ++i) {
      of.access(50'000 + static_cast<uint32_t>(random() % (4 * of.per_page())));
      of.keys[next].chunks = {.head = kOtherId};
      of.access(next++);
    }
    of.cache.balance(automove, now);
  }
  if (automove == 0) CHECK(of.cache.page_count(kId) == 1);
  if (automove == 1) CHECK(of.cache.page_count(kId) >= 3);
}

TEST_CASE("a key is forgotten when no cache contains it") {
  Miniature of(1, 1);
  MiniatureCache other(3, of.options, of.classes, of.keys, of.forgotten);
  other.set_memory(2 * slab::kPageSize, 1, kNow);
  of.cache.insert(0, kNow);
  other.insert(0, kNow);
  of.cache.remove(0);
  CHECK(of.forgotten.empty());
  other.remove(0);
  CHECK(of.forgotten == std::vector<uint32_t>{0});
}

}  // namespace
}  // namespace larder::server
