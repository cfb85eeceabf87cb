// The caches of all threads: their sums, and what the threads do together: they exchange their CAS
// clocks and flush.
//
// Threads: any.  Its mutex is a leaf; nothing that a request does every time takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "base/counter.h"
#include "slab/flush_clock.h"
#include "slab/options.h"
#include "slab/size_classes.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class ThreadCaches {
 public:
  // The references outlive this.
  ThreadCaches(const Options& options, const SizeClasses& classes, FlushClock& flush_clock)
      : options_(options), classes_(classes), flush_clock_(flush_clock) {}

  // At most options.thread_count_max times.
  ThreadCache& make();

  // A thread's first turn of a new second: it learns the others' CAS clocks, and flushes if a
  // planned flush is due and no other thread was faster.
  void begin_second(ThreadCache& cache, base::Time now);
  // Flushes everything stored until now, and cancels a planned flush.
  void flush(base::Time now);
  // Executes a planned flush that is due.
  void flush_if_due(base::Time now);

  uint64_t sum(ClassId id, base::OwnedCounter ClassCounters::*counter) const;
  // The same for a counter that also decreases.  One thread may subtract what another has added,
  // and the threads are not read at the same time, so the sum is clamped at 0.
  uint64_t level(ClassId id, base::OwnedCounter ClassCounters::*counter) const;
  uint64_t chunks_at_hand(ClassId id) const;
  uint64_t items_stored() const;

 private:
  // Precondition of these: mutex_ is locked.
  void execute_plan(base::Time now) noexcept;
  uint64_t sum_of_stored() const noexcept;

  const Options& options_;
  const SizeClasses& classes_;
  FlushClock& flush_clock_;  // flushes under mutex_
  mutable base::CountedMutex mutex_;
  std::vector<std::unique_ptr<ThreadCache>> threads_;  // guarded by mutex_; only grows
};

}  // namespace larder::slab
