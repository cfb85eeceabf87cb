// The store's background work: memory in advance, planned flushes, dead items, the balance of pages
// between classes, draining pages, a lowered limit; and what operators may set or ask of it.
//
// Threads: any.  The mutexes of its parts are leaves, but for PageBalance's, under which pages
// drain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "slab/chunk_supply.h"
#include "slab/chunk_walk.h"
#include "slab/dead_item_search.h"
#include "slab/heap.h"
#include "slab/index_growth.h"
#include "slab/operations.h"
#include "slab/page_balance.h"
#include "slab/size_classes.h"
#include "slab/thread_cache.h"
#include "slab/thread_caches.h"

namespace larder::slab {

class Maintenance {
 public:
  // The references outlive this.
  Maintenance(Heap& heap, ThreadCaches& threads, ChunkSupply& supply,
              const IndexGrowth& growth) noexcept
      : heap_(heap),
        threads_(threads),
        drain_(supply.drain()),
        balance_(heap, threads, drain_, growth),
        search_(heap, supply.eviction()) {}

  // See Store::maintain() and Store::set_memory_limit().
  bool step(ThreadCache& cache, base::Time now);
  bool set_memory_limit(size_t bytes);

  // Whether step() moves pages between classes: 0 no, 1 yes, 2 for smaller differences too.
  void set_automove(int mode) noexcept { balance_.set_automove(mode); }
  int automove() const noexcept { return balance_.automove(); }
  // Moves one page and evicts its items: at once, or when the page's chunks in magazines of threads
  // are returned.  kNoClass is the pool of spare pages.  Without `from` the page comes from the
  // class that loses least.
  ReassignOutcome reassign(ThreadCache& cache, std::optional<ClassId> from, ClassId to,
                           base::Time now) {
    return balance_.reassign(cache, from, to, now);
  }
  // Live items that were evicted because their page moved to another class.
  uint64_t items_evicted_by_moves() const noexcept { return balance_.items_evicted(); }

  // Whether step() searches for dead items.
  void set_crawls(bool crawls) noexcept { search_.set_active(crawls); }
  bool crawls() const noexcept { return search_.is_active(); }
  // Removes dead items: examines up to `chunk_count_max` chunks from `place` on, and advances
  // `place`.  Returns false at the end of memory.
  bool reclaim_dead(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
                    size_t chunk_count_max, base::Time now) {
    return search_.reclaim(cache, place, classes, chunk_count_max, now);
  }

  // For a thread that will not use the store for a while: gives its free chunks back, which others
  // could not use otherwise.
  void rest(ThreadCache& cache) { heap_.flush_magazines(cache); }

 private:
  Heap& heap_;
  ThreadCaches& threads_;
  PageDrain& drain_;
  PageBalance balance_;
  DeadItemSearch search_;
};

}  // namespace larder::slab
