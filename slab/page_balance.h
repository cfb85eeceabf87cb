// Which class has which pages: moves pages to the classes where they are most useful, by itself or
// because an operator asks for it.  The Balancer decides; this measures and moves.
//
// Threads: any.  step() returns at once if another thread moves pages.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "base/counter.h"
#include "slab/balancer.h"
#include "slab/heap.h"
#include "slab/index_growth.h"
#include "slab/operations.h"
#include "slab/page_drain.h"
#include "slab/size_classes.h"
#include "slab/thread_cache.h"
#include "slab/thread_caches.h"

namespace larder::slab {

class PageBalance {
 public:
  // The references outlive this.
  PageBalance(Heap& heap, const ThreadCaches& threads, PageDrain& drain,
              const IndexGrowth& growth) noexcept
      : heap_(heap), threads_(threads), drain_(drain), growth_(growth) {}

  void set_automove(int mode) noexcept { automove_.store(mode, std::memory_order_relaxed); }
  int automove() const noexcept { return automove_.load(std::memory_order_relaxed); }

  // Moves pages as automove() says.  Call it about every tenth of a second.
  void step(ThreadCache& cache, base::Time now);
  // See Maintenance::reassign().
  ReassignOutcome reassign(ThreadCache& cache, std::optional<ClassId> from, ClassId to,
                           base::Time now);

  uint64_t items_evicted() const noexcept { return items_evicted_.get(); }

 private:
  // Precondition of these: mutex_ is locked.
  bool move_page(ThreadCache& cache, ClassId from, ClassId to, bool may_be_held, base::Time now);
  void report(ClassId id);

  double reads_of_next_page(ClassId id, base::Time now);
  std::optional<ClassId> class_that_loses_least(ClassId except, base::Time now);

  Heap& heap_;
  const ThreadCaches& threads_;
  PageDrain& drain_;
  const IndexGrowth& growth_;

  base::CountedAtomic<int> automove_{1};
  base::CountedMutex mutex_;
  Balancer balancer_;                       // guarded by mutex_
  base::Time reads_looked_at_ = 0;          // guarded by mutex_
  std::vector<double> reads_of_next_page_;  // guarded by mutex_; by class id
  base::OwnedCounter items_evicted_;        // written under mutex_
};

}  // namespace larder::slab
