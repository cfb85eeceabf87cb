// Taking pages from classes: a page that drains gets its chunks back and hands out none, its items
// are evicted, and it leaves its class when the last chunk is back.
//
// Threads may hold chunks of the page in magazines, writers and pins.  Then it is remembered, the
// threads are asked for their magazines, and a later call takes the page.
//
// Threads: any.  The mutex is a leaf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "slab/eviction.h"
#include "slab/heap.h"
#include "slab/page_pool.h"
#include "slab/size_classes.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class PageDrain {
 public:
  // The references outlive this.
  PageDrain(Heap& heap, Eviction& eviction) noexcept : heap_(heap), eviction_(eviction) {}

  // Once per turn of a thread: gives its chunks back if a draining page may wait for them.
  void return_chunks(ThreadCache& cache) {
    const uint64_t generation = generation_.load(std::memory_order_relaxed);
    if (__builtin_expect(generation != cache.drain_generation_seen, 0)) {
      cache.drain_generation_seen = generation;
      heap_.flush_magazines(cache);
    }
  }

  // Empties a page of another class.  The caller owns it and its budget; kNoPage if there is none.
  PageIndex take_page(ThreadCache& cache, ClassId except, base::Time now);

  // Moves a page from one class to another, or to the pool if `to` is kNoClass: at once, or when
  // its last chunk is back.  Adds the live items that this evicts to *evicted.  Returns false if
  // the class has no page, or only pages of which threads hold chunks and `may_be_held` is false.
  bool move_page(ThreadCache& cache, ClassId from, ClassId to, bool may_be_held, base::Time now,
                 size_t* evicted);
  // Gives a class a page that no class has.  Returns false if there is none.
  bool give_unused_page(ClassId to);

  // Evicts what was stored meanwhile in pages that still drain, and asks for their chunks again.
  // Returns how many pages go on draining.
  size_t step(ThreadCache& cache, base::Time now) { return drain_held(cache, now, false).held; }

  // Calls visit(ClassId, PageIndex) for pages that drain, for tests.
  template <class Visit>
  void for_each_page(Visit visit) {
    std::vector<DrainingPage> pages;
    {
      std::lock_guard lock(mutex_);
      pages = pages_;
    }
    for (const DrainingPage& page : pages) visit(page.id, page.index);
  }

 private:
  struct DrainingPage {
    ClassId id;
    PageIndex index;
    ClassId to = kNoClass;  // the class that gets it; kNoClass: the next that asks
  };
  struct Progress {
    size_t held = 0;
    size_t left = 0;            // went to the pool before this step
    PageIndex taken = kNoPage;  // owned by the caller, with its budget
  };

  PageIndex start(ClassId id, bool may_be_held, base::Time now);
  // Returns how many live items were evicted.
  size_t evict_all(ThreadCache& cache, ClassId id, PageIndex page, base::Time now);
  Progress drain_held(ThreadCache& cache, base::Time now, bool takes_one);
  void remember(DrainingPage page);
  void ask_for_chunks() noexcept { generation_.fetch_add(1, std::memory_order_relaxed); }
  void give_page(PageIndex page, ClassId to);

  Heap& heap_;
  Eviction& eviction_;
  base::CountedMutex mutex_;
  std::vector<DrainingPage> pages_;  // guarded by mutex_
  // Read by every turn, written when a page is remembered.
  alignas(64) base::CountedAtomic<uint64_t> generation_{0};
};

}  // namespace larder::slab
