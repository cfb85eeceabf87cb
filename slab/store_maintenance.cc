// Background work: draining pages, planned flushes, a lowered limit.

#include <algorithm>
#include <functional>
#include <utility>

#include "slab/store.h"

namespace larder::slab {
namespace {

constexpr int kPageAttemptsMax = 4;    // pages to try, as threads may hold chunks of them
constexpr int kDrainPagesPerStep = 8;  // per maintain()
constexpr size_t kCooledPagesPerStep = 64;

}  // namespace

// Empties pages until one is free: first those that are draining, then one of which no thread holds
// a chunk, from the class with the most pages.  The page does not go through the pool, where
// another thread could take it first.  If threads hold chunks of every page, one more page starts
// to drain for the next write.
PageIndex Store::take_page_from_others(ThreadCache& cache, ClassId except, base::Time now) {
  flush_magazines(cache);
  const DrainProgress progress = drain_held_pages(cache, now, true);
  if (progress.taken != kNoPage) return progress.taken;
  if (progress.left_count > 0) {
    const PageIndex page = pool_.acquire_in_exchange();
    if (page != kNoPage) return page;
  }
  std::vector<std::pair<size_t, ClassId>> donors;
  for (size_t i = 1; i <= classes_.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    const size_t page_count = slab_classes_[id].usage().page_count;
    if (id != except && page_count > 0) donors.emplace_back(page_count, id);
  }
  std::sort(donors.begin(), donors.end(), std::greater<>());
  for (const bool may_be_held : {false, true}) {
    int attempts_left = may_be_held ? 1 : kPageAttemptsMax;
    for (const auto& [page_count, id] : donors) {
      const PageIndex page = start_draining(id, may_be_held, now);
      if (page == kNoPage) continue;
      drain_step(cache, id, page, now);
      if (slab_classes_[id].take_drained(page)) return page;
      // Other threads hold chunks of it, in magazines, writers or pins, and will return them.
      remember_draining({id, page});
      drain_generation_.fetch_add(1, std::memory_order_relaxed);
      if (--attempts_left == 0) break;
    }
  }
  return kNoPage;
}

// Adds the page only once: it may have left, come back and started to drain again before its old
// entry was processed.
void Store::remember_draining(DrainingPage page) {
  std::lock_guard lock(draining_mutex_);
  const auto is_same = [&](const DrainingPage& other) {
    return other.id == page.id && other.page == page.page;
  };
  if (std::none_of(draining_.begin(), draining_.end(), is_same)) draining_.push_back(page);
}

size_t Store::drain_step(ThreadCache& cache, ClassId id, PageIndex page, base::Time now) {
  size_t evicted = 0;
  slab_classes_[id].for_each_chunk_of_draining(page, [&](Ref ref) {
    if ((racy_state_of(ref) & state::kInUse) == 0) return;
    evicted += evict_candidate(cache, ref, now, Mercy::None);
  });
  flush_magazine(cache, id);
  return evicted;
}

void Store::on_turn(ThreadCache& cache, base::Time now) {
  const uint64_t generation = drain_generation_.load(std::memory_order_relaxed);
  if (__builtin_expect(generation != cache.drain_generation_seen, 0)) {
    cache.drain_generation_seen = generation;
    flush_magazines(cache);
  }
  if (__builtin_expect(now != cache.last_turn, 0)) {
    cache.last_turn = now;
    std::lock_guard lock(threads_mutex_);
    for (const auto& thread : threads_) cache.observe_cas_clock(thread->cas_clock());
    flush_if_due(now);
  }
  count_balance(cache, 0, now);  // settles items unlinked by evictions and reads
}

bool Store::maintain(ThreadCache& cache, base::Time now) {
  on_turn(cache, now);
  if (flush_clock_.is_planned()) {
    // A flush that was already due when a thread whose clock was behind planned it.
    std::lock_guard lock(threads_mutex_);
    flush_if_due(now);
  }

  pool_.touch_ahead();
  index_.touch_ahead();
  reclaim_due(cache, now);
  flush_magazines(cache);  // makes the chunks that this thread has freed available to writers
  pool_.cool(kCooledPagesPerStep);
  balance(cache, now);
  const size_t leaving = drain_held_pages(cache, now, false).held_count * kPageSize;
  if (!options_.evicts) return false;
  // Pages with chunks held by other threads will become free; evicting more would be useless.
  const auto is_exceeded = [&] { return budget_.used() > budget_.limit() + leaving; };
  for (int i = 0; i < kDrainPagesPerStep && is_exceeded(); ++i) {
    const PageIndex page = take_page_from_others(cache, kNoClass, now);
    if (page == kNoPage) return false;
    pool_.release(page, true);
  }
  return is_exceeded();
}

// Evicts items that were stored meanwhile in draining pages with chunks held by other threads, and
// requests those chunks again.
Store::DrainProgress Store::drain_held_pages(ThreadCache& cache, base::Time now, bool takes_one) {
  std::vector<DrainingPage> draining;
  {
    std::lock_guard lock(draining_mutex_);
    draining.swap(draining_);
  }
  DrainProgress progress;
  for (const DrainingPage& page : draining) {
    SlabClass& slab_class = slab_classes_[page.id];
    if (!slab_class.claim(page.page)) {
      // The page has left, and its budget is free; or it has left and another thread uses it.
      if (slab_class.is_draining(page.page)) continue;
      ++progress.left_count;
      if (page.to != kNoClass) give_unused_page(page.to);
      continue;
    }
    drain_step(cache, page.id, page.page, now);
    if (!slab_class.take_drained(page.page)) {
      ++progress.held_count;
      remember_draining(page);
    } else if (takes_one && page.to == kNoClass && progress.taken == kNoPage) {
      progress.taken = page.page;
    } else {
      give_page(page.page, page.to);
    }
  }
  // A chunk that was freed after its holder's last check is in a magazine again.
  if (progress.held_count > 0) drain_generation_.fetch_add(1, std::memory_order_relaxed);
  return progress;
}

bool Store::set_memory_limit(size_t bytes) {
  if (bytes > pool_.memory_bytes_reachable()) return false;
  if (bytes < index_.memory_bytes() + kPagesBesideIndexMin * kPageSize) return false;
  budget_.set_limit(bytes);
  return true;
}

}  // namespace larder::slab
