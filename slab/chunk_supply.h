// Where a chunk for an item comes from.  In this order: the thread's magazine, the class's pages,
// dead items that the main hand would reach next, an unused page, an eviction from the class, a
// page of another class.
//
// Threads: any, with their own ThreadCache, and with no lock held.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "slab/eviction.h"
#include "slab/heap.h"
#include "slab/links.h"
#include "slab/page_drain.h"
#include "slab/slab_class.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class ChunkSupply {
 public:
  // The references outlive this.
  ChunkSupply(Heap& heap, Links& links) noexcept
      : heap_(heap), eviction_(heap, links), drain_(heap, eviction_) {}

  // Returns false if there is no memory.
  [[nodiscard]] bool allocate(ThreadCache& cache, ClassId id, base::Time now, Ref* ref) {
    return cache.magazine(id).pop(ref) || refill(cache, id, now, ref);
  }

  Heap& heap() noexcept { return heap_; }
  Eviction& eviction() noexcept { return eviction_; }
  PageDrain& drain() noexcept { return drain_; }

 private:
  // The result of a sweep: the magazine has a chunk now; candidates were spared or could not be
  // evicted; there were no candidates.
  enum class Sweep : uint8_t { Found, Spared, Vain };

  bool refill(ThreadCache& cache, ClassId id, base::Time now, Ref* ref);
  bool reclaim_oldest(ThreadCache& cache, ClassId id, base::Time now);
  bool sweep_for_chunk(ThreadCache& cache, ClassId id, base::Time now);
  Sweep evict_some(ThreadCache& cache, ClassId id, Hand hand, bool spares_accessed, base::Time now);

  Heap& heap_;
  Eviction eviction_;
  PageDrain drain_;
};

}  // namespace larder::slab
