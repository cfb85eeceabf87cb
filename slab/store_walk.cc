// Going over all chunks to find what is dead.

#include "slab/store.h"

namespace larder::slab {

bool Store::reclaim_dead(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
                         size_t chunk_count_max, base::Time now) {
  return walk_chunks(place, classes, chunk_count_max, [&](Ref ref, ClassId id) {
    if ((racy_state_of(ref) & state::kLinked) != 0) {
      cache.counters(id).crawler_items_checked.add();
      if (racy_is_dead(ref, now)) reclaim_if_dead(cache, ref, now);
    }
    return true;
  });
}

void Store::reclaim_if_dead(ThreadCache& cache, Ref ref, base::Time now) {
  Item* dead = nullptr;
  bool was_fetched = false;
  visit_racy(ref, [&](Item* item, Bucket* bucket, Index::Slot slot) {
    if (!is_dead(*item, now)) return;
    was_fetched = (item->state.load(std::memory_order_relaxed) & state::kFetched) != 0;
    unlink(cache, bucket, slot, item);
    dead = item;
  });
  if (dead == nullptr) return;
  ClassCounters& counters = cache.counters(dead->class_id);
  counters.crawler_reclaimed.add();
  if (!was_fetched) counters.expired_unfetched.add();
  release(cache, dead);
}

}  // namespace larder::slab
