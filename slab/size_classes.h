// The size classes: which chunk size is used for an item; computed once at the start.
//
// Sizes grow by a factor and are then enlarged so that a page has no unused end.  The classes for
// whole items come first.  Those for pieces of large values (a page, half a page, a quarter, ...)
// follow, unless one of the first has the same size.
//
// Threads: const after construction.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "slab/limits.h"
#include "slab/options.h"

namespace larder::slab {

using ClassId = uint8_t;
inline constexpr ClassId kNoClass = 0;

using ClassSet = std::bitset<256>;  // by id

class SizeClasses {
 public:
  // Chunk sizes are multiples of 1 << granule_shift.
  SizeClasses(const Options& options, unsigned granule_shift);

  // The smallest class whose chunks hold `size` bytes.  Precondition: size <= whole_item_max().
  ClassId class_for(uint32_t size) const noexcept {
    return class_by_unit_[(size + kUnit - 1) / kUnit];
  }
  uint32_t chunk_size(ClassId id) const noexcept { return chunk_sizes_[id]; }
  uint32_t chunks_per_page(ClassId id) const noexcept {
    return static_cast<uint32_t>(kPageSize) / chunk_sizes_[id];
  }
  // Ids are 1 to count().
  size_t count() const noexcept { return chunk_sizes_.size() - 1; }

  // The largest item that is not chained.
  uint32_t whole_item_max() const noexcept { return whole_item_max_; }
  // The classes of pieces, largest first.
  const std::vector<ClassId>& piece_classes() const noexcept { return piece_classes_; }

 private:
  static constexpr uint32_t kUnit = 8;

  void add_whole_item_classes(const Options& options, uint32_t granule);
  void add_piece_classes(const Options& options, uint32_t granule);
  ClassId find_or_add(uint32_t chunk_size);

  std::vector<uint32_t> chunk_sizes_{0};  // by id; [0] is unused
  std::vector<ClassId> piece_classes_;
  uint32_t whole_item_max_ = 0;
  std::array<ClassId, kWholeItemSizeMax / kUnit + 2> class_by_unit_{};
};

}  // namespace larder::slab
