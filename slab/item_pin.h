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

class Store;
class ThreadCache;

class ItemPin {
 public:
  ItemPin() = default;
  ItemPin(ItemPin&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)),
        cache_(other.cache_),
        item_(other.item_),
        pins_(other.pins_),
        value_(other.value_) {}
  ItemPin& operator=(ItemPin&& other) noexcept {
    if (this != &other) {
      reset();
      store_ = std::exchange(other.store_, nullptr);
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

  explicit operator bool() const noexcept { return store_ != nullptr; }
  void reset() noexcept;

  // Calls visit(std::string_view) for the parts of the value, in order.
  template <class Visit>
  void for_each_run(Visit visit) const;

 private:
  friend class Store;
  ItemPin(Store* store, ThreadCache* cache, Item* item) noexcept
      : store_(store),
        cache_(cache),
        item_(item),
        pins_(&item->pins()),
        value_(item->value_place()) {}

  Store* store_ = nullptr;
  ThreadCache* cache_ = nullptr;
  Item* item_ = nullptr;
  // Copied from the item, whose traits other threads may change once its bucket is unlocked.
  std::atomic<uint32_t>* pins_ = nullptr;
  ValuePlace value_{};
};

}  // namespace larder::slab
