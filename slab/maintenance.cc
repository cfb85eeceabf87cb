#include "slab/maintenance.h"

#include "slab/limits.h"

namespace larder::slab {
namespace {

constexpr int kDrainPagesPerStep = 8;
constexpr size_t kCooledPagesPerStep = 64;

}  // namespace

bool Maintenance::step(ThreadCache& cache, base::Time now) {
  // A flush that was already due when a thread whose clock was behind planned it.
  threads_.flush_if_due(now);

  heap_.pool.touch_ahead();
  heap_.index.touch_ahead();
  search_.step(cache, now);
  heap_.flush_magazines(cache);  // makes the chunks that this thread has freed available to writers
  heap_.pool.cool(kCooledPagesPerStep);
  balance_.step(cache, now);
  const size_t leaving = drain_.step(cache, now) * kPageSize;
  if (!heap_.options.evicts) return false;
  // Pages with chunks held by other threads will become free; evicting more would be useless.
  const MemoryBudget& budget = heap_.budget;
  const auto is_exceeded = [&] { return budget.used() > budget.limit() + leaving; };
  for (int i = 0; i < kDrainPagesPerStep && is_exceeded(); ++i) {
    const PageIndex page = drain_.take_page(cache, kNoClass, now);
    if (page == kNoPage) return false;
    heap_.pool.release(page, true);
  }
  return is_exceeded();
}

bool Maintenance::set_memory_limit(size_t bytes) {
  if (bytes > heap_.pool.memory_bytes_reachable()) return false;
  if (bytes < heap_.index.memory_bytes() + kPagesBesideIndexMin * kPageSize) return false;
  heap_.budget.set_limit(bytes);
  return true;
}

}  // namespace larder::slab
