#include "slab/size_classes.h"

#include <algorithm>

#include "base/assertions.h"
#include "slab/footprint.h"
#include "slab/item.h"

namespace larder::slab {
namespace {

constexpr uint32_t kPageBytes = static_cast<uint32_t>(kPageSize);

// Key and value together are rarely shorter, and with this minimum the smallest class holds the
// same items as memcached's smallest class.
constexpr uint32_t kPayloadMinDefault = 16;

// Smaller pieces are not worth their header.
constexpr uint32_t kPieceSizeMin = 8 << 10;

constexpr uint32_t round_up(uint32_t size, uint32_t granule) {
  return (size + granule - 1) / granule * granule;
}
constexpr uint32_t round_down(uint32_t size, uint32_t granule) { return size / granule * granule; }

// The largest chunk size with the same number of chunks per page as `size`.
uint32_t stretch_to_page(uint32_t size, uint32_t granule) {
  return round_down(kPageBytes / (kPageBytes / size), granule);
}

}  // namespace

SizeClasses::SizeClasses(const Options& options, unsigned granule_shift) {
  const uint32_t granule = std::max(1u << granule_shift, kUnit);
  add_whole_item_classes(options, granule);
  whole_item_max_ = chunk_sizes_.back();
  ClassId id = 1;
  for (uint32_t unit = 0; unit <= whole_item_max_ / kUnit; ++unit) {
    if (unit * kUnit > chunk_sizes_[id]) ++id;
    class_by_unit_[unit] = id;
  }
  add_piece_classes(options, granule);
}

void SizeClasses::add_whole_item_classes(const Options& options, uint32_t granule) {
  const uint32_t largest =
      round_down(std::min(kWholeItemSizeMax, std::max(options.chunk_size_max, 512u)), granule);
  if (!options.chunk_sizes.empty()) {
    for (const uint32_t size : options.chunk_sizes) {
      const uint32_t chunk = round_up(std::max(size, 32u), granule);
      if (chunk > chunk_sizes_.back() && chunk < largest) chunk_sizes_.push_back(chunk);
    }
    chunk_sizes_.push_back(largest);
    return;
  }
  const uint32_t fixed = Item::kHeaderSize + (options.has_cas ? 8u : 0u);
  const uint32_t payload_min =
      options.chunk_payload_min == 0 ? kPayloadMinDefault : options.chunk_payload_min;
  double wanted = std::min(round_up(fixed + payload_min, granule), largest);
  while (chunk_sizes_.size() < kClassCountMax - 8) {
    // The previous size times the factor, but at least one granule more.
    const uint32_t rounded =
        std::max(round_down(static_cast<uint32_t>(wanted), granule), chunk_sizes_.back() + granule);
    const uint32_t chunk = std::max(stretch_to_page(rounded, granule), rounded);
    if (chunk >= largest) break;
    chunk_sizes_.push_back(chunk);
    wanted = chunk * options.growth_factor;
  }
  chunk_sizes_.push_back(largest);
}

void SizeClasses::add_piece_classes(const Options& options, uint32_t granule) {
  uint32_t size = round_down(std::min(kPageBytes, options.chunk_size_max), granule);
  size = std::max(size, round_up(512, granule));
  do {
    piece_classes_.push_back(find_or_add(size));
    size = round_down(size / 2, granule);
  } while (size >= kPieceSizeMin);
  ASSERT(piece_classes_.size() <= Footprint::kPieceClassesMax);
}

ClassId SizeClasses::find_or_add(uint32_t chunk_size) {
  const auto found = std::find(chunk_sizes_.begin() + 1, chunk_sizes_.end(), chunk_size);
  if (found == chunk_sizes_.end()) {
    chunk_sizes_.push_back(chunk_size);
    ASSERT(count() <= kClassCountMax);
    return static_cast<ClassId>(count());
  }
  return static_cast<ClassId>(found - chunk_sizes_.begin());
}

}  // namespace larder::slab
