// The buckets that continue full ones: reserved address space, charged to the budget when it is
// first used, and a list of those that were released.
//
// Threads: acquire() and release() lock; the caller holds the lock of the chain's first bucket, or
// of the index's growth.  next() and set_next() are for whoever holds the lock of the chain.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/counted_lock.h"
#include "slab/address_space.h"
#include "slab/bucket.h"
#include "slab/memory_budget.h"

namespace larder::slab {

class OverflowBuckets {
 public:
  // `budget` outlives this.
  explicit OverflowBuckets(MemoryBudget& budget);

  bool is_usable() const noexcept { return space_.data() != nullptr; }

  // The next bucket of a chain; null at its end.
  Bucket* next(const Bucket* bucket) const noexcept {
    const uint32_t number = bucket->overflow_number();
    return number == 0 ? nullptr : &buckets_[number];
  }
  void set_next(Bucket* bucket, const Bucket* following) const noexcept;  // may be null

  // An empty bucket, or null: 16 million are in use, or as many as the address space holds.
  Bucket* acquire();
  void release(Bucket* bucket);

  // A private list of overflow buckets, linked through refs[0]; 0 is the empty list.
  void push(uint32_t& list, Bucket* bucket) const noexcept;
  Bucket* pop(uint32_t& list) const noexcept;  // null: the list is empty

  size_t count() const noexcept { return in_use_.load(std::memory_order_relaxed); }
  size_t memory_bytes() const noexcept { return charged_bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kCountMax = (1u << 24) - 1;

  MemoryBudget& budget_;
  AddressSpace space_;
  Bucket* const buckets_;  // [0] is unused

  alignas(64) base::CountedMutex mutex_;          // apart from what every walk of a chain reads
  uint32_t free_ = 0;                             // guarded by mutex_: a list
  uint32_t untouched_ = 1;                        // guarded by mutex_
  base::CountedAtomic<size_t> charged_bytes_{0};  // written under mutex_
  base::CountedAtomic<size_t> in_use_{0};
};

}  // namespace larder::slab
