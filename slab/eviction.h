// Eviction of one item, found by a look without a lock: the hands, the crawl and the draining of
// pages find candidates, and this decides under the bucket's lock.
//
// Threads: any, with no lock held.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "slab/heap.h"
#include "slab/item.h"
#include "slab/links.h"
#include "slab/slab_class.h"
#include "slab/thread_cache.h"

namespace larder::slab {

// Which items an eviction spares: all live ones (Crawler, Living), those that the hand spares, or
// none.
enum class Mercy : uint8_t { Crawler, Living, SmallHand, MainHand, None };

class Eviction {
 public:
  // The references outlive this.
  Eviction(Heap& heap, Links& links) noexcept : heap_(heap), links_(links) {}

  // What a hand may do with a chunk in use: see SlabClass.  `bits` is the chunk's state.
  Sight look_at(Ref ref, uint8_t bits, base::Time now) const noexcept;

  // Evicts the item in a chunk that was linked a moment ago, or that a piece belongs to, unless it
  // is spared.  Returns true if it was alive.
  bool evict(ThreadCache& cache, Ref candidate, base::Time now, Mercy mercy);

 private:
  bool is_spared(Item* item, Ref candidate, Mercy mercy) const noexcept;
  static void tell(ThreadCache& cache, const Item& item, bool was_fetched, uint32_t idle,
                   base::Time now) noexcept;

  Heap& heap_;
  Links& links_;
};

}  // namespace larder::slab
