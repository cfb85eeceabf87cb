// What statistics, dumps and tests read of the store.  It changes nothing.
//
// Threads: any, with no lock held.  The figures are read one after the other, while threads write.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/counter.h"
#include "slab/chunk_walk.h"
#include "slab/heap.h"
#include "slab/index.h"
#include "slab/item_view.h"
#include "slab/links.h"
#include "slab/memory_budget.h"
#include "slab/page_pool.h"
#include "slab/size_classes.h"
#include "slab/slab_class.h"
#include "slab/thread_cache.h"
#include "slab/thread_caches.h"

namespace larder::slab {

class Inspection {
 public:
  // The references outlive this.
  Inspection(Heap& heap, const ThreadCaches& threads, Links& links) noexcept
      : heap_(heap), threads_(threads), links_(links) {}

  const MemoryBudget& budget() const noexcept { return heap_.budget; }
  const Index& index() const noexcept { return heap_.index; }
  const PagePool& pool() const noexcept { return heap_.pool; }

  // --- A class -----------------------------------------------------------------------------

  SlabClass::Usage usage_of(ClassId id) const { return heap_.slab_classes[id].usage(); }
  // How long the last evicted item had not been accessed.
  uint32_t evicted_idle_seconds(ClassId id) const noexcept {
    return heap_.slab_classes[id].evicted_idle_seconds.load(std::memory_order_relaxed);
  }
  // Seconds since the last access of the item that the hand examines next; 0 if there is none.
  uint32_t age_of_oldest(ClassId id, base::Time now) const;

  // Sums a counter of one class over all threads.
  uint64_t sum(ClassId id, base::OwnedCounter ClassCounters::*counter) const {
    return threads_.sum(id, counter);
  }
  // The same for a counter that also decreases: never negative.
  uint64_t level(ClassId id, base::OwnedCounter ClassCounters::*counter) const {
    return threads_.level(id, counter);
  }
  // Chunks in threads' magazines.
  uint64_t chunks_at_hand(ClassId id) const { return threads_.chunks_at_hand(id); }

  // --- Items -------------------------------------------------------------------------------

  // Items stored since the start.
  uint64_t items_stored() const { return threads_.items_stored(); }

  // Calls visit(const ItemView&) -> bool for live items of a class, each under its bucket's lock,
  // until it returns false.  Items that are stored or removed meanwhile may be missed.
  template <class Visit>
  void for_each_item(ClassId id, base::Time now, Visit visit) const {
    heap_.slab_classes[id].for_each_chunk([&](Ref ref) { return visit_live(ref, now, visit); });
  }

  // The same for live items of several classes, in steps: from `place` on, which it advances, over
  // at most `chunk_count_max` chunks.  Returns false at the end of memory.
  template <class Visit>
  bool walk(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max, base::Time now,
            Visit visit) const {
    return walk_chunks(heap_, place, classes, chunk_count_max,
                       [&](Ref ref, ClassId) { return visit_live(ref, now, visit); });
  }

 private:
  // Returns false if visit did.
  template <class Visit>
  bool visit_live(Ref ref, base::Time now, Visit& visit) const {
    bool goes_on = true;
    visit_item(heap_, ref, [&](Item* item) {
      if (heap_.is_dead(*item, now)) return;
      goes_on = visit(ItemView{item, Heap::seconds_between(*item, heap_.stamp(now)), &links_});
    });
    return goes_on;
  }

  Heap& heap_;
  const ThreadCaches& threads_;
  Links& links_;
};

}  // namespace larder::slab
