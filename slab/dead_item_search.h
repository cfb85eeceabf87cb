// The background search for dead items, which frees their memory before a request finds them.
//
// Threads: any.  step() returns at once if another thread searches.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "slab/chunk_walk.h"
#include "slab/eviction.h"
#include "slab/heap.h"
#include "slab/page_pool.h"
#include "slab/size_classes.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class DeadItemSearch {
 public:
  // The references outlive this.
  DeadItemSearch(Heap& heap, Eviction& eviction) noexcept : heap_(heap), eviction_(eviction) {}

  // Whether step() searches.
  void set_active(bool is_active) noexcept {
    is_active_.store(is_active, std::memory_order_relaxed);
  }
  bool is_active() const noexcept { return is_active_.load(std::memory_order_relaxed); }

  // Searches the pages that are due, a bounded number of them.  Call it about every tenth of a
  // second.
  void step(ThreadCache& cache, base::Time now);

  // See Maintenance::reclaim_dead().
  bool reclaim(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
               size_t chunk_count_max, base::Time now);

 private:
  // What one step may do.
  struct Budget {
    size_t reclaims_left;
    size_t checks_left;
  };
  void search_page(ThreadCache& cache, PageIndex page, base::Time now, Budget& budget);

  Heap& heap_;
  Eviction& eviction_;
  base::CountedAtomic<bool> is_active_{true};
  base::CountedMutex mutex_;
  std::vector<PageIndex> marked_pages_;  // guarded by mutex_: due, to be searched
  PageIndex position_ = 0;               // guarded by mutex_
  uint32_t flush_searched_ = 0;          // guarded by mutex_: last seen last_flushed()
};

}  // namespace larder::slab
