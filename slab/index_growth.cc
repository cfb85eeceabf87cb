#include "slab/index_growth.h"

namespace larder::slab {

// Splits as many buckets as the new items need, in bounded steps.
void IndexGrowth::settle(ThreadCache& cache, base::Time now) {
  constexpr int64_t kItemsPerBucket = 9;
  constexpr int kSplitsMax = 8;
  const int64_t items =
      item_count_.fetch_add(cache.item_balance, std::memory_order_relaxed) + cache.item_balance;
  cache.item_balance = 0;
  Index& index = heap_.index;
  const auto buckets = [&] { return static_cast<int64_t>(index.bucket_count()); };
  index.limit_ghosts(static_cast<size_t>(std::max<int64_t>(items, 0) / buckets() + 1));
  if (!heap_.options.index_grows) return;
  const auto split = [&](bool* lacks_memory) {
    return index.grow([this](Ref ref) { return heap_.hash_of(ref); }, lacks_memory);
  };
  for (int i = 0; i < kSplitsMax && items > buckets() * kItemsPerBucket; ++i) {
    bool lacks_memory = false;
    if (split(&lacks_memory)) continue;
    // All memory is used by items.  One of their pages pays for a thousand buckets.
    if (!lacks_memory || !heap_.options.evicts || items <= buckets() * kSlotsPerBucket) return;
    const PageIndex page = drain_.take_page(cache, kNoClass, now);
    if (page == kNoPage) return;
    heap_.pool.exchange_for_budget(page);
    index.take_over_budget(kPageSize);
    if (!split(&lacks_memory)) return;
  }
}

}  // namespace larder::slab
