#include "slab/size_classes.h"

#include <catch2/catch.hpp>

#include "slab/item.h"

namespace larder::slab {
namespace {

Options with_factor(double factor) {
  Options options;
  options.growth_factor = factor;
  return options;
}

Options with_payload_min(uint32_t size) {
  Options options;
  options.chunk_payload_min = size;
  return options;
}

Options with_chunk_size_max(uint32_t size) {
  Options options;
  options.chunk_size_max = size;
  return options;
}

Options with_chunk_sizes(std::vector<uint32_t> sizes) {
  Options options;
  options.chunk_sizes = std::move(sizes);
  return options;
}

Options without_cas() {
  Options options;
  options.has_cas = false;
  return options;
}

constexpr auto kPageBytes = static_cast<uint32_t>(kPageSize);

TEST_CASE("every size has the smallest class that fits") {
  const Options options = GENERATE(
      Options{}, without_cas(), with_factor(1.0001), with_factor(1.25), with_factor(2.0),
      with_payload_min(1), with_payload_min(48), with_payload_min(500), with_payload_min(100'000),
      with_chunk_size_max(8), with_chunk_size_max(1000), with_chunk_size_max(16 << 10),
      with_chunk_size_max(1 << 20), with_chunk_sizes({100, 200, 999}), with_chunk_sizes({5}));
  const unsigned granule_shift = GENERATE(3u, 4u, 6u);
  CAPTURE(options.growth_factor, options.chunk_payload_min, options.chunk_size_max,
          options.chunk_sizes, granule_shift);
  const SizeClasses classes(options, granule_shift);

  REQUIRE(classes.count() >= 1);
  REQUIRE(classes.count() <= kClassCountMax);
  REQUIRE(classes.whole_item_max() <= kWholeItemSizeMax);
  for (uint32_t size = 1; size <= classes.whole_item_max(); ++size) {
    const ClassId id = classes.class_for(size);
    if (id == kNoClass || classes.chunk_size(id) < size ||
        (id > 1 && classes.chunk_size(static_cast<ClassId>(id - 1)) >= size)) {
      CAPTURE(size, int{id}, classes.chunk_size(id));
      FAIL("the class does not fit the size");
    }
  }
  for (size_t i = 1; i <= classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    CAPTURE(i, classes.chunk_size(id));
    CHECK(classes.chunk_size(id) % (1u << granule_shift) == 0);
    CHECK(classes.chunks_per_page(id) >= 1);
    CHECK(classes.chunks_per_page(id) * classes.chunk_size(id) <= kPageBytes);
  }
}

TEST_CASE("the longest key with all its fields fits into a chunk without a value") {
  const uint32_t prefix = Item::kHeaderSize + kOptionalSizes[trait::kLayoutMask] + kKeySizeMax;
  const uint32_t chunk_size_max = GENERATE(8u, 512u, 4096u, 64u << 10);
  const unsigned granule_shift = GENERATE(3u, 5u, 8u);
  CAPTURE(chunk_size_max, granule_shift);
  CHECK(SizeClasses(with_chunk_size_max(chunk_size_max), granule_shift).whole_item_max() >= prefix);
}

TEST_CASE("a page of a calculated class has no room for chunks one granule larger") {
  const double factor = GENERATE(1.05, 1.07, 1.25, 1.7);
  const unsigned granule_shift = GENERATE(3u, 4u);
  const uint32_t granule = 1u << granule_shift;
  const SizeClasses classes(with_factor(factor), granule_shift);
  const ClassId largest = classes.class_for(classes.whole_item_max());
  for (ClassId id = 1; id < largest; ++id) {
    CAPTURE(factor, granule, int{id}, classes.chunk_size(id));
    CHECK(classes.chunks_per_page(id) * (classes.chunk_size(id) + granule) > kPageBytes);
  }
}

TEST_CASE("adjacent sizes grow by the factor before they are enlarged to fill the page") {
  const double factor = GENERATE(1.05, 1.07, 1.25, 2.0);
  const SizeClasses classes(with_factor(factor), 3);
  const ClassId largest = classes.class_for(classes.whole_item_max());
  for (ClassId id = 1; id + 1 < largest; ++id) {
    const uint32_t size = classes.chunk_size(id);
    const auto next_id = static_cast<ClassId>(id + 1);
    const uint32_t wanted = std::max(static_cast<uint32_t>(size * factor), size + 8);
    CAPTURE(factor, size, classes.chunk_size(next_id));
    CHECK(classes.chunks_per_page(next_id) >= kPageBytes / wanted);
    CHECK(classes.chunk_size(next_id) + 8 > std::min(wanted, classes.whole_item_max()));
  }
}

TEST_CASE("the smallest chunk fits the requested payload and maximizes chunks per page") {
  const uint32_t payload = GENERATE(8u, 20u, 48u, 100u, 1000u);
  const bool has_cas = GENERATE(true, false);
  Options options = with_payload_min(payload);
  options.has_cas = has_cas;
  const SizeClasses classes(options, 3);
  const uint32_t needed = Item::kHeaderSize + (has_cas ? 8 : 0) + payload;
  CAPTURE(payload, has_cas, classes.chunk_size(1));
  CHECK(classes.chunk_size(1) >= needed);
  CHECK(classes.chunks_per_page(1) == kPageBytes / ((needed + 7) / 8 * 8));
}

TEST_CASE("the smallest chunk fits sixteen bytes of payload by default") {
  CHECK(SizeClasses(Options{}, 3).chunk_size(1) == Item::kHeaderSize + 8 + 16);
  CHECK(SizeClasses(with_payload_min(8), 3).chunk_size(1) == Item::kHeaderSize + 8 + 8);
}

TEST_CASE("the smallest class of a store without CAS ids is smaller") {
  CHECK(SizeClasses(without_cas(), 3).chunk_size(1) < SizeClasses(Options{}, 3).chunk_size(1));
}

TEST_CASE("explicit chunk sizes are used unchanged") {
  const SizeClasses classes(with_chunk_sizes({100, 96, 104, 2000, 20'000}), 3);
  CHECK(classes.chunk_size(1) == 104);  // 100 in whole granules; 96 came too late
  CHECK(classes.chunk_size(2) == 2000);
  CHECK(classes.chunk_size(3) == kWholeItemSizeMax);
  CHECK(classes.class_for(105) == 2);
  CHECK(classes.whole_item_max() == kWholeItemSizeMax);
}

TEST_CASE("sizes of pieces are the largest, halved repeatedly") {
  const uint32_t chunk_size_max = GENERATE(512u, 1000u, 10'000u, 16u << 10, 50'000u, 64u << 10);
  const SizeClasses classes(with_chunk_size_max(chunk_size_max), 3);
  const std::vector<ClassId>& pieces = classes.piece_classes();
  REQUIRE(!pieces.empty());
  CAPTURE(chunk_size_max);
  CHECK(classes.chunk_size(pieces.front()) == chunk_size_max / 8 * 8);
  for (size_t i = 1; i < pieces.size(); ++i) {
    CHECK(classes.chunk_size(pieces[i]) == classes.chunk_size(pieces[i - 1]) / 2 / 8 * 8);
  }
  CHECK(classes.whole_item_max() <= chunk_size_max);
}

}  // namespace
}  // namespace larder::slab
