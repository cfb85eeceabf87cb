// What the parts of the store share: its memory, the index, and the clock of accesses; and how
// chunks come back to that memory.  The parts that use it decide; this only looks and frees.
//
// Threads: any.  An item of the index is looked at under its bucket's lock; see RacyChunk for
// looks without it.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/hash.h"
#include "slab/due_pages.h"
#include "slab/flush_clock.h"
#include "slab/index.h"
#include "slab/item.h"
#include "slab/item_pin.h"
#include "slab/item_sizes.h"
#include "slab/key.h"
#include "slab/memory_budget.h"
#include "slab/options.h"
#include "slab/page_pool.h"
#include "slab/point_in_time.h"
#include "slab/shown_classes.h"
#include "slab/size_classes.h"
#include "slab/slab_class.h"
#include "slab/thread_cache.h"

namespace larder::slab {

struct Heap {
  explicit Heap(const Options& options);
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  bool is_usable() const noexcept;

  // --- Items -------------------------------------------------------------------------------

  // The slot of a key, whether its item is dead or not.
  Index::Slot find(Bucket* bucket, const Key& key) const noexcept {
    return index.find(bucket, key.hash, [&](Ref ref) {
      const Item* item = pool.item_at(ref);
      return item->key_size == key.bytes.size() &&
             std::memcmp(item->bytes() + item->key_offset(), key.bytes.data(), key.bytes.size()) ==
                 0;
    });
  }
  uint64_t hash_of(Ref ref) const noexcept { return hasher(pool.item_at(ref)->key()); }

  uint32_t stamp(base::Time now) const noexcept { return flush_clock.stamp(now); }
  bool is_flushed(const Item& item) const noexcept {
    return flush_clock.is_flushed(item.stamp.load(std::memory_order_relaxed));
  }
  bool is_dead(const Item& item, base::Time now) const noexcept {
    return is_past(item.exptime.load(std::memory_order_relaxed), now) || is_flushed(item);
  }
  static bool is_past(base::Time exptime, base::Time now) noexcept {
    return exptime != 0 && exptime <= now;
  }
  static uint32_t seconds_between(uint32_t stamp, uint32_t stamp_now) noexcept {
    return stamp_now > stamp ? stamp_now - stamp : 0;
  }
  static uint32_t seconds_between(const Item& item, uint32_t stamp_now) noexcept {
    return seconds_between(item.stamp.load(std::memory_order_relaxed), stamp_now);
  }

  // Calls visit(std::string_view) for the parts of the value, in order.
  template <class Visit>
  void for_each_run(const ValuePlace& value, Visit visit) const;

  // --- Chunks ------------------------------------------------------------------------------

  // Keeps a large item's bytes.  Under its bucket's lock.
  ItemPin pin(ThreadCache& cache, Item* item);
  // Drops the index's reference to an item that was unlinked, after its bucket was unlocked: frees
  // its chunks, unless somebody has a pin.
  void release(ThreadCache& cache, Item* item);
  // Frees the chunks of an item that is not linked.
  void free_item(ThreadCache& cache, Item* item);
  // Gives all chunks of a magazine, or of all, back to their pages.
  void flush_magazine(ThreadCache& cache, ClassId id);
  void flush_magazines(ThreadCache& cache);

  const Options options;
  const base::Hasher hasher;
  MemoryBudget budget;
  PagePool pool;
  const SizeClasses classes;
  const ItemSizes sizes;
  const ShownClasses shown_classes;
  Index index;
  const std::unique_ptr<SlabClass[]> slab_classes;  // by class id

  alignas(64) FlushClock flush_clock;
  Colour colour;  // beside the clock: every write reads both
  DuePages due_pages;
  PointInTime point_in_time;

 private:
  void free_pieces(ThreadCache& cache, Ref first);
  void free_chunk(ThreadCache& cache, ClassId id, Ref ref);
};

template <class Visit>
void Heap::for_each_run(const ValuePlace& value, Visit visit) const {
  uint32_t in_head = value.size;
  const Ref first = value.first_piece;
  const auto next = [this](Ref ref) {
    return pool.piece_at(ref)->next.load(std::memory_order_relaxed);
  };
  for (Ref ref = first; ref != kNoRef; ref = next(ref)) in_head -= pool.piece_at(ref)->size;
  if (in_head > 0) visit(std::string_view(value.head, in_head));
  for (Ref ref = first; ref != kNoRef; ref = next(ref)) {
    visit(std::string_view(pool.piece_at(ref)->value(), pool.piece_at(ref)->size));
  }
}

template <class Visit>
void ItemPin::for_each_run(Visit visit) const {
  heap_->for_each_run(value_, visit);
}

}  // namespace larder::slab
