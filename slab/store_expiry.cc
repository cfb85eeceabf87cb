// The background search for dead items, which frees their memory before a request finds them.

#include <algorithm>

#include "slab/store.h"

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
void Store::reclaim_due(ThreadCache& cache, base::Time now) {
  const std::unique_lock lock(crawl_mutex_, std::try_to_lock);
  if (!lock) return;
  const PageIndex page_count = pool_.first_untouched();
  const uint32_t flushed = flush_clock_.last_flushed();
  if (flushed != flush_crawled_) {
    flush_crawled_ = flushed;
    for (PageIndex page = 1; page < page_count; ++page) due_pages_.note(page, 1);
  }
  if (!crawls()) return;

  CrawlBudget budget{.reclaims_left = kReclaimedMax, .checks_left = kCheckedMax};
  size_t searched = 0;
  while (searched < marked_pages_.size() && budget.reclaims_left > 0 && budget.checks_left > 0) {
    search_page(cache, marked_pages_[searched++], now, budget);
  }
  marked_pages_.erase(marked_pages_.begin(),
                      marked_pages_.begin() + static_cast<ptrdiff_t>(searched));

  for (PageIndex passed = 0; passed < std::min(page_count, kPagesPassedMax); ++passed) {
    if (marked_pages_.size() >= kPagesMarkedMax) return;
    if (++crawl_position_ >= page_count) {
      crawl_position_ = 0;
      continue;
    }
    if (!due_pages_.is_due(crawl_position_, now)) continue;
    due_pages_.forget(crawl_position_);
    marked_pages_.push_back(crawl_position_);
  }
}

// Searches the whole page, so that the exptimes of live items are noted again.
void Store::search_page(ThreadCache& cache, PageIndex page, base::Time now, CrawlBudget& budget) {
  const ClassId id = pool_.page(page).class_id.load(std::memory_order_relaxed);
  if (id == kNoClass) return;
  std::array<Ref, kBatch> dead;
  size_t dead_count = 0;
  size_t reclaimed = 0;
  const auto reclaim = [&] {
    for (size_t i = 0; i < dead_count; ++i) evict_candidate(cache, dead[i], now, Mercy::Crawler);
    reclaimed += dead_count;
    dead_count = 0;
  };
  size_t checked = 0;
  base::Time next_exptime = 0;
  const uint32_t chunk_count = slab_classes_[id].carved_count_of(page);
  for (uint32_t chunk = 0; chunk < chunk_count; ++chunk) {
    const Ref ref = pool_.chunk_ref(page, chunk, classes_.chunk_size(id));
    if ((racy_state_of(ref) & state::kLinked) == 0) continue;
    ++checked;
    uint64_t hash;
    if (racy_is_dead(ref, now)) {
      if (!racy_hash_of(ref, &hash)) continue;
      index_.prefetch_bucket(hash);
      dead[dead_count++] = ref;
      if (dead_count == kBatch) reclaim();
    } else if (const base::Time exptime = racy_exptime_of(ref); exptime != 0) {
      if (next_exptime == 0 || exptime < next_exptime) next_exptime = exptime;
    }
  }
  reclaim();
  due_pages_.note(page, next_exptime);
  cache.counters(id).crawler_items_checked.add(checked);
  budget.reclaims_left -= std::min(budget.reclaims_left, reclaimed);
  budget.checks_left -= std::min(budget.checks_left, size_t{chunk_count});
}

}  // namespace larder::slab
