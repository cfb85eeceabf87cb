// Walks over all chunks in memory order, in steps, and looks at what is in a chunk.
//
// Threads: any, with no lock held.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slab/heap.h"
#include "slab/page_pool.h"
#include "slab/racy_chunk.h"
#include "slab/size_classes.h"

namespace larder::slab {

// The position of a walk over all chunks, in memory order.
struct WalkPlace {
  PageIndex page = kNoPage;  // has no chunks
  uint32_t chunk = 0;
};

// Calls look(Ref, ClassId) -> bool for chunks of several classes, from `place` on, which it
// advances, until it returns false or `chunk_count_max` chunks have been looked at.  Returns false
// at the end of memory.
//
// A page may move to another class between two steps of a walk; the walk then continues in its new
// chunks and skips those before the position.
template <class Look>
bool walk_chunks(const Heap& heap, WalkPlace& place, const ClassSet& classes,
                 size_t chunk_count_max, Look look) {
  const PageIndex end = heap.pool.first_untouched();
  size_t looked_at = 0;
  for (; place.page < end; ++place.page, place.chunk = 0, ++looked_at) {  // a page counts as one
    if (looked_at >= chunk_count_max) return true;
    const ClassId id = heap.pool.page(place.page).class_id.load(std::memory_order_relaxed);
    if (id == kNoClass || !classes[id]) continue;
    SlabClass& slab_class = heap.slab_classes[id];
    const uint32_t carved_count = slab_class.carved_count_of(place.page);
    while (place.chunk < carved_count) {
      if (looked_at++ >= chunk_count_max) return true;
      const Ref ref = heap.pool.chunk_ref(place.page, place.chunk++, slab_class.chunk_size());
      if (!look(ref, id)) return true;
    }
  }
  return false;
}

// Calls visit(Item*) for the linked item in a chunk, if there is one, with its bucket locked.
template <class Visit>
void visit_item(Heap& heap, Ref ref, Visit visit) {
  const RacyChunk chunk(heap, ref);
  if ((chunk.state() & state::kLinked) == 0) return;
  uint64_t hash;
  if (!chunk.hash(&hash)) return;
  Bucket* bucket = heap.index.lock(hash);
  if (heap.index.find_ref(bucket, hash, ref)) visit(heap.pool.item_at(ref));
  heap.index.unlock(bucket);
}

}  // namespace larder::slab
