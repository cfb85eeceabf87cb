#include "slab/thread_caches.h"

#include <atomic>
#include <mutex>
#include <utility>

#include "base/assertions.h"

namespace larder::slab {

ThreadCache& ThreadCaches::make() {
  std::lock_guard lock(mutex_);
  ASSERT(threads_.size() < options_.thread_count_max);
  const auto number = static_cast<uint32_t>(threads_.size());
  threads_.push_back(std::make_unique<ThreadCache>(number, options_.thread_count_max, classes_));
  return *threads_.back();
}

void ThreadCaches::begin_second(ThreadCache& cache, base::Time now) {
  std::lock_guard lock(mutex_);
  for (const auto& thread : threads_) cache.observe_cas_clock(thread->cas_clock());
  execute_plan(now);
}

void ThreadCaches::flush(base::Time now) {
  std::lock_guard lock(mutex_);
  flush_clock_.cancel();
  flush_clock_.flush(now, sum_of_stored());
}

void ThreadCaches::flush_if_due(base::Time now) {
  if (!flush_clock_.is_planned()) return;
  std::lock_guard lock(mutex_);
  execute_plan(now);
}

// Every thread calls this before its first request of a new second.  The first one flushes, and the
// others wait for it.  So no read in that second finds a flushed item, and no item stored in that
// second is flushed.
void ThreadCaches::execute_plan(base::Time now) noexcept {
  if (flush_clock_.take_due(now)) flush_clock_.flush(now, sum_of_stored());
}

uint64_t ThreadCaches::sum(ClassId id, base::OwnedCounter ClassCounters::*counter) const {
  std::lock_guard lock(mutex_);
  uint64_t total = 0;
  for (const auto& thread : threads_) total += (std::as_const(*thread).counters(id).*counter).get();
  return total;
}

uint64_t ThreadCaches::level(ClassId id, base::OwnedCounter ClassCounters::*counter) const {
  const auto total = static_cast<int64_t>(sum(id, counter));
  return total > 0 ? static_cast<uint64_t>(total) : 0;
}

uint64_t ThreadCaches::chunks_at_hand(ClassId id) const {
  std::lock_guard lock(mutex_);
  uint64_t total = 0;
  for (const auto& thread : threads_) {
    total += std::as_const(*thread).magazine(id).count.load(std::memory_order_relaxed);
  }
  return total;
}

uint64_t ThreadCaches::items_stored() const {
  std::lock_guard lock(mutex_);
  return sum_of_stored();
}

uint64_t ThreadCaches::sum_of_stored() const noexcept {
  uint64_t total = 0;
  for (const auto& thread : threads_) total += thread->items_stored.get();
  return total;
}

}  // namespace larder::slab
