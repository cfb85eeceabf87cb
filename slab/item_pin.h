// Pins a large item: its bytes stay in place and unchanged until the pin is destroyed, even if the
// key is removed, replaced or evicted meanwhile.
//
// Threads: a pin belongs to the thread whose ThreadCache it was created with.  It must be destroyed
// before the store.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "slab/item.h"

namespace larder::slab {

struct Heap;
class ThreadCache;

class ItemPin {
 public:
  ItemPin() = default;
  ItemPin(ItemPin&& other) noexcept
      : heap_(std::exchange(other.heap_, nullptr)),
        cache_(other.cache_),
        item_(other.item_),
        pins_(other.pins_),
        value_(other.value_) {}
  ItemPin& operator=(ItemPin&& other) noexcept {
    if (this != &other) {
      reset();
      heap_ = std::exchange(other.heap_, nullptr);
      cache_ = other.cache_;
      item_ = other.item_;
      pins_ = other.pins_;
      value_ = other.value_;
    }
    return *this;
  }
  ItemPin(const ItemPin&) = delete;
  ItemPin& operator=(const ItemPin&) = delete;
  ~ItemPin() { reset(); }

  explicit operator bool() const noexcept { return heap_ != nullptr; }
  void reset() noexcept;

  // Calls visit(std::string_view) for the parts of the value, in order.
  template <class Visit>
  void for_each_run(Visit visit) const;

 private:
  friend struct Heap;
  ItemPin(Heap* heap, ThreadCache* cache, Item* item) noexcept
      : heap_(heap),
        cache_(cache),
        item_(item),
        pins_(&item->pins()),
        value_(item->value_place()) {}

  Heap* heap_ = nullptr;
  ThreadCache* cache_ = nullptr;
  Item* item_ = nullptr;
  // Copied from the item, whose traits other threads may change once its bucket is unlocked.
  std::atomic<uint32_t>* pins_ = nullptr;
  ValuePlace value_{};
};

}  // namespace larder::slab
