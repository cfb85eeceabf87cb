// Going over all chunks to find what is dead, and emptying pages on request.

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

bool Store::give_up_page(ThreadCache& cache, ClassId id, base::Time now) {
  if (!options_.evicts) return false;
  flush_magazine(cache, id);
  const PageIndex page = start_draining(id, true, now);
  if (page == kNoPage) return false;
  cache.counters(id).pages_given_up.add();
  drain_step(cache, id, page, now);
  if (slab_classes_[id].is_draining(page)) {
    remember_draining({id, page});
    drain_generation_.fetch_add(1, std::memory_order_relaxed);
  }
  return true;
}

}  // namespace larder::slab
