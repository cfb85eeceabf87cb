// Walks over all chunks to find dead items.

#include "slab/store.h"

namespace larder::slab {

bool Store::reclaim_dead(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
                         size_t chunk_count_max, base::Time now) {
  return walk_chunks(place, classes, chunk_count_max, [&](Ref ref, ClassId id) {
    if ((racy_state_of(ref) & state::kLinked) != 0) {
      cache.counters(id).crawler_items_checked.add();
      if (racy_is_dead(ref, now)) evict_candidate(cache, ref, now, Mercy::Crawler);
    }
    return true;
  });
}

}  // namespace larder::slab
