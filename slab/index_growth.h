// How many items there are, and an index that grows with them.
//
// Threads: any, with no lock held.  The number is approximate: threads add their balance of links
// and unlinks from time to time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "slab/heap.h"
#include "slab/page_drain.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class IndexGrowth {
 public:
  // The references outlive this.
  IndexGrowth(Heap& heap, PageDrain& drain) noexcept : heap_(heap), drain_(drain) {}

  // Adds to the thread's balance, to which unlinking has already added, and settles it if it is
  // large.
  void count(ThreadCache& cache, int32_t difference, base::Time now) {
    // Twice the evictions of a refill, so that a thread that evicts as much as it stores never
    // settles.
    constexpr int32_t kBalanceMax = 32;
    cache.item_balance += difference;
    if (cache.item_balance >= kBalanceMax || cache.item_balance <= -kBalanceMax) settle(cache, now);
  }

  uint64_t item_count() const noexcept {
    return static_cast<uint64_t>(std::max<int64_t>(item_count_.load(std::memory_order_relaxed), 0));
  }

 private:
  void settle(ThreadCache& cache, base::Time now);

  Heap& heap_;
  PageDrain& drain_;
  alignas(64) base::CountedAtomic<int64_t> item_count_{0};
};

}  // namespace larder::slab
