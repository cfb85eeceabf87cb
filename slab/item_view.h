// A found item, valid only inside the callback that receives it, while its bucket is locked.
//
// Threads: the thread of the callback.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "slab/item.h"
#include "slab/size_classes.h"

namespace larder::slab {

class Links;

struct ItemView {
  Item* item;
  uint32_t seconds_since_access;
  Links* links;

  std::string_view key() const { return item->key(); }
  uint32_t flags() const { return item->flags(); }
  uint64_t cas() const { return item->cas(); }
  uint32_t value_size() const { return item->value_size; }
  ClassId class_id() const { return item->class_id; }
  // The whole value.  Precondition: not large.
  std::string_view value() const { return {item->value(), item->value_size}; }
  bool is_large() const { return item->is_large(); }

  base::Time exptime() const { return item->exptime.load(std::memory_order_relaxed); }
  // Whether it was read before this access.
  bool was_fetched() const {
    return (item->state.load(std::memory_order_relaxed) & state::kFetched) != 0;
  }
  bool has(uint8_t item_trait) const { return (item->traits & item_trait) != 0; }

  // Changes that a reader may make: see Links.  Few readers do, so the others' code does not carry
  // them.
  [[gnu::noinline]] void set_exptime(base::Time exptime) const;
  [[gnu::noinline]] void mark_token_sent() const;
};

}  // namespace larder::slab
