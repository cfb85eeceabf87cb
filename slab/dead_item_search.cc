#include "slab/dead_item_search.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "slab/racy_chunk.h"

namespace larder::slab {
namespace {

// Per maintain(), ten times a second: 160,000 dead items per second, a few per cent of a core.
constexpr size_t kReclaimedMax = 16'000;
constexpr size_t kCheckedMax = 200'000;
constexpr PageIndex kPagesPassedMax = 1 << 17;
constexpr size_t kPagesMarkedMax = 4096;
constexpr size_t kBatch = 16;

}  // namespace

// Pages are marked by one call and searched by a later one: see DuePages::forget().
void DeadItemSearch::step(ThreadCache& cache, base::Time now) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  const PageIndex page_count = heap_.pool.first_untouched();
  const uint32_t flushed = heap_.flush_clock.last_flushed();
  if (flushed != flush_searched_) {
    flush_searched_ = flushed;
    for (PageIndex page = 1; page < page_count; ++page) heap_.due_pages.note(page, 1);
  }
  if (!is_active()) return;

  Budget budget{.reclaims_left = kReclaimedMax, .checks_left = kCheckedMax};
  size_t searched = 0;
  while (searched < marked_pages_.size() && budget.reclaims_left > 0 && budget.checks_left > 0) {
    search_page(cache, marked_pages_[searched++], now, budget);
  }
  marked_pages_.erase(marked_pages_.begin(),
                      marked_pages_.begin() + static_cast<ptrdiff_t>(searched));

  for (PageIndex passed = 0; passed < std::min(page_count, kPagesPassedMax); ++passed) {
    if (marked_pages_.size() >= kPagesMarkedMax) return;
    if (++position_ >= page_count) {
      position_ = 0;
      continue;
    }
    if (!heap_.due_pages.is_due(position_, now)) continue;
    heap_.due_pages.forget(position_);
    marked_pages_.push_back(position_);
  }
}

// Searches the whole page, so that the exptimes of live items are noted again.
void DeadItemSearch::search_page(ThreadCache& cache, PageIndex page, base::Time now,
                                 Budget& budget) {
  const ClassId id = heap_.pool.page(page).class_id.load(std::memory_order_relaxed);
  if (id == kNoClass) return;
  std::array<Ref, kBatch> dead;
  size_t dead_count = 0;
  size_t reclaimed = 0;
  const auto reclaim = [&] {
    for (size_t i = 0; i < dead_count; ++i) eviction_.evict(cache, dead[i], now, Mercy::Crawler);
    reclaimed += dead_count;
    dead_count = 0;
  };
  size_t checked = 0;
  base::Time next_exptime = 0;
  const uint32_t chunk_count = heap_.slab_classes[id].carved_count_of(page);
  for (uint32_t number = 0; number < chunk_count; ++number) {
    const Ref ref = heap_.pool.chunk_ref(page, number, heap_.classes.chunk_size(id));
    const RacyChunk chunk(heap_, ref);
    if ((chunk.state() & state::kLinked) == 0) continue;
    ++checked;
    uint64_t hash;
    if (chunk.is_dead(now)) {
      if (!chunk.hash(&hash)) continue;
      heap_.index.prefetch_bucket(hash);
      dead[dead_count++] = ref;
      if (dead_count == kBatch) reclaim();
    } else if (const base::Time exptime = chunk.exptime(); exptime != 0) {
      if (next_exptime == 0 || exptime < next_exptime) next_exptime = exptime;
    }
  }
  reclaim();
  heap_.due_pages.note(page, next_exptime);
  cache.counters(id).crawler_items_checked.add(checked);
  budget.reclaims_left -= std::min(budget.reclaims_left, reclaimed);
  budget.checks_left -= std::min(budget.checks_left, size_t{chunk_count});
}

bool DeadItemSearch::reclaim(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
                             size_t chunk_count_max, base::Time now) {
  return walk_chunks(heap_, place, classes, chunk_count_max, [&](Ref ref, ClassId id) {
    const RacyChunk chunk(heap_, ref);
    if ((chunk.state() & state::kLinked) != 0) {
      cache.counters(id).crawler_items_checked.add();
      if (chunk.is_dead(now)) eviction_.evict(cache, ref, now, Mercy::Crawler);
    }
    return true;
  });
}

}  // namespace larder::slab
