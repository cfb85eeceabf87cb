#include "slab/heap.h"

#include <algorithm>

#include "base/assertions.h"

namespace larder::slab {

// The initial index takes at most a 128th of the memory by default, and at most a quarter if a size
// is requested, because memory of the index never becomes available to items again.
unsigned initial_hash_power(const Options& options) {
  unsigned power = options.hash_power;
  const size_t share = power == Options::kHashPowerDefault ? 128 : 4;
  while (power > 0 && (size_t{8} << power) > options.memory_bytes_max / share) --power;
  return power;
}

Heap::Heap(const Options& given)
    : options(given),
      hasher(given.hash_seed),
      budget(given.memory_bytes_max),
      pool(options, budget),
      classes(options, pool.granule_shift()),
      sizes(options, classes),
      shown_classes(classes),
      index(initial_hash_power(options), pool.memory_bytes_reachable(), options.uses_huge_pages,
            budget),
      slab_classes(std::make_unique<SlabClass[]>(classes.count() + 1)),
      due_pages(pool.page_count_max()),
      point_in_time(options.memory_bytes_max, colour) {
  for (size_t i = 1; i <= classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    slab_classes[id].open(id, classes.chunk_size(id), classes.chunks_per_page(id), pool);
  }
}

bool Heap::is_usable() const noexcept {
  return pool.is_usable() && index.is_usable() && due_pages.is_usable();
}

ItemPin Heap::pin(ThreadCache& cache, Item* item) {
  DEBUG_ASSERT(item->is_large());
  item->pins().fetch_add(1, std::memory_order_relaxed);
  return ItemPin(this, &cache, item);
}

void ItemPin::reset() noexcept {
  Heap* const heap = std::exchange(heap_, nullptr);
  if (heap != nullptr && pins_->fetch_sub(1, std::memory_order_acq_rel) == 1) {
    heap->free_item(*cache_, item_);
  }
}

void Heap::release(ThreadCache& cache, Item* item) {
  if (__builtin_expect(item->state.load(std::memory_order_relaxed) == state::kRetired, 0)) {
    return point_in_time.retire(pool.ref_of(item));
  }
  if (item->is_large() && item->pins().fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  free_item(cache, item);
}

void Heap::free_item(ThreadCache& cache, Item* item) {
  if (item->is_large()) free_pieces(cache, item->first_piece());
  free_chunk(cache, item->class_id, pool.ref_of(item));
}

void Heap::free_pieces(ThreadCache& cache, Ref first) {
  for (Ref ref = first; ref != kNoRef;) {
    Piece* piece = pool.piece_at(ref);
    const Ref next = piece->next.load(std::memory_order_relaxed);
    piece->state.store(0, std::memory_order_relaxed);
    cache.counters(piece->class_id).pieces.subtract();
    free_chunk(cache, piece->class_id, ref);
    ref = next;
  }
}

// A full magazine gives its older half back: what was freed last is in the processor's cache.
void Heap::free_chunk(ThreadCache& cache, ClassId id, Ref ref) {
  ThreadCache::Magazine& magazine = cache.magazine(id);
  if (magazine.push(ref)) return;
  const uint32_t half = (magazine.capacity + 1) / 2;
  slab_classes[id].give_back({magazine.chunks.data(), half});
  std::copy(magazine.chunks.begin() + half, magazine.chunks.begin() + magazine.capacity,
            magazine.chunks.begin());
  magazine.count.store(magazine.capacity - half, std::memory_order_relaxed);
  magazine.push(ref);
}

void Heap::flush_magazine(ThreadCache& cache, ClassId id) {
  ThreadCache::Magazine& magazine = cache.magazine(id);
  const uint32_t count = magazine.count.load(std::memory_order_relaxed);
  if (count == 0) return;
  magazine.count.store(0, std::memory_order_relaxed);
  slab_classes[id].give_back({magazine.chunks.data(), count});
}

void Heap::flush_magazines(ThreadCache& cache) {
  for (size_t id = 1; id <= classes.count(); ++id) flush_magazine(cache, static_cast<ClassId>(id));
}

}  // namespace larder::slab
