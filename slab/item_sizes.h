// The size of an item: as memcached accounts for it, and as it lies in chunks.  Pure arithmetic.
//
// Threads: const after construction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slab/footprint.h"
#include "slab/item.h"
#include "slab/item_view.h"
#include "slab/options.h"
#include "slab/size_classes.h"

namespace larder::slab {

class ItemSizes {
 public:
  // How an item of some size lies in its head chunk.
  struct Layout {
    uint8_t traits;
    ClassId class_id;
    uint32_t value_size_in_head;
  };

  // `classes` outlives this.
  ItemSizes(const Options& options, const SizeClasses& classes)
      : classes_(classes), item_size_max_(options.item_size_max), has_cas_(options.has_cas) {}

  // The size by memcached's accounting, for `bytes` and -I: header, key, value, terminators.
  uint64_t accounted(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept {
    return kUpstreamSize + key_size + value_size + (flags != 0 ? 4 : 0) + (has_cas_ ? 8 : 0);
  }
  uint64_t accounted(const Item& item) const noexcept {
    return accounted(item.key_size, item.flags(), item.value_size);
  }
  uint64_t accounted(const ItemView& view) const noexcept { return accounted(*view.item); }
  // Whether an item of this size is allowed by -I.
  bool fits(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept {
    return accounted(key_size, flags, value_size) <= item_size_max_;
  }

  // Precondition of these: fits(...).
  Layout lay_out(size_t key_size, uint32_t flags, uint32_t value_size) const noexcept;
  // The class of an item (of its head, if it is chained).
  ClassId class_of(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept {
    return lay_out(key_size, flags, static_cast<uint32_t>(value_size)).class_id;
  }
  // The class of the next piece of a value of which `missing` bytes are to come: the largest that
  // they fill, or else the smallest.
  ClassId piece_class_for(uint32_t missing) const noexcept;

  // The chunks of a stored item.
  Footprint footprint_of(const ItemView& view) const noexcept;

 private:
  static constexpr uint64_t kUpstreamSize = 48    // memcached's header
                                            + 3;  // the key's NUL and the value's line end

  const SizeClasses& classes_;
  const uint32_t item_size_max_;
  const bool has_cas_;
};

}  // namespace larder::slab
