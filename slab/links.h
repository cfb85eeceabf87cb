// Every change of a linked item: into the index, out of it, in place of another, and in place.
//
// An item that the index refers to changes only here, so whoever must see items before they change
// has one file to read.  A change is what a client could notice later: the key's presence, the
// value, the client flags, the CAS id, the exptime and the marks.  An access is none: it only
// touches the state and the stamp, which are for eviction.
//
// Threads: any.  Every method is called with the item's bucket locked, and what it unlinks is
// passed to Heap::release() after unlocking.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/counter.h"
#include "slab/heap.h"
#include "slab/index.h"
#include "slab/item.h"
#include "slab/key.h"
#include "slab/operations.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class Links {
 public:
  // `heap` outlives this.
  explicit Links(Heap& heap) noexcept : heap_(heap) {}

  // The slot of a live item.  Unlinks a dead one and writes it to *dead.
  Index::Slot find_live(ThreadCache& cache, Bucket* bucket, const Key& key, base::Time now,
                        Item** dead);

  // --- Linking and unlinking ---------------------------------------------------------------

  // Links an item under a key that has none.  Without `cas` it gets a new CAS id.  Returns false if
  // the index is full.
  [[nodiscard]] bool link(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                          std::optional<uint64_t> cas);
  // Links `item` in place of `old_item`, and unlinks that.
  void replace(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
               std::optional<uint64_t> cas);
  // The same with the old item's CAS id.
  void replace_with_same_cas(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item);
  // Links an item of a snapshot under a key that has none, with its marks and its queue.
  [[nodiscard]] bool link_restored(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                                   const RestoredItem& restored, base::Time now);
  void unlink(ThreadCache& cache, Bucket* bucket, Index::Slot slot, Item* item);
  // The same for a live item that is evicted: the index remembers it.
  void unlink_evicted(ThreadCache& cache, Bucket* bucket, Index::Slot slot, uint64_t hash,
                      Item* item);

  // --- Changes in place --------------------------------------------------------------------

  // Writes `text` over the front of the value and spaces over the rest.  Without `cas` the item
  // gets a new CAS id.  Precondition: the value is not large, and not shorter than `text`.
  void overwrite(ThreadCache& cache, Item* item, std::string_view text,
                 std::optional<uint64_t> cas) noexcept;
  void set_exptime(Item* item, base::Time exptime) noexcept {
    before_change(item);
    item->exptime.store(exptime, std::memory_order_relaxed);
    note_exptime(*item);
  }
  // Marks it as stale, so that the next reader gets the token, and gives it a CAS id like
  // overwrite().
  void mark_stale(ThreadCache& cache, Item* item, std::optional<uint64_t> cas) noexcept;
  void mark_token_sent(Item* item) noexcept {
    before_change(item);
    item->traits |= trait::kTokenSent;
  }

  // --- Accesses ----------------------------------------------------------------------------

  // Writes only what changes, so that the cache line of a hot item stays shared between cores.
  static void note_access(Item* item, uint32_t stamp_now) noexcept {
    const uint8_t bits = item->state.load(std::memory_order_relaxed);
    auto wanted = static_cast<uint8_t>(bits | state::kFetched);
    if (state::frequency(bits) < kFrequencyMax) {
      wanted = static_cast<uint8_t>(wanted + (1u << state::kFrequencyShift));
    }
    if (wanted != bits) item->state.store(wanted, std::memory_order_relaxed);
    raise_stamp(item, stamp_now);
  }
  // Never decreases a stamp: a thread whose clock is behind must not make an item look older.
  static void raise_stamp(Item* item, uint32_t stamp) noexcept {
    if (item->stamp.load(std::memory_order_relaxed) < stamp) {
      item->stamp.store(stamp, std::memory_order_relaxed);
    }
  }

 private:
  // Sets a new CAS id, or the client's.  `old_item` is the item that had the key, or null.
  static void give_cas(ThreadCache& cache, Item* item, const Item* old_item,
                       std::optional<uint64_t> foreign_cas) noexcept;
  static uint8_t linked_bits(const Item& item) noexcept {
    const bool is_chained = item.is_large() && item.first_piece() != kNoRef;
    return is_chained ? state::kLinked | state::kChained : state::kLinked;
  }
  void note_exptime(const Item& item) noexcept {
    const base::Time exptime = item.exptime.load(std::memory_order_relaxed);
    if (exptime != 0)
      heap_.due_pages.note(heap_.pool.page_index_of(heap_.pool.ref_of(&item)), exptime);
  }
  // What a walk over a point in time needs: see PointInTime.
  void before_change(Item* item) noexcept {
    if (__builtin_expect(heap_.colour.is_old(*item), 0)) {
      heap_.point_in_time.copy_before_change(item);
    }
  }
  // Gives an item that replaces `old_item` its colour.  Returns the state of the old item.
  uint8_t colour_replacement(const Item& old_item, Item* item) noexcept;
  // The state of an item that is being unlinked.  *is_lost: the walk wanted it and has no room.
  uint8_t unlinked_state(const Item& item, bool* is_lost) noexcept;

  void count_unlinked(ThreadCache& cache, Item* item) noexcept;
  // Adds one in each class that the item has chunks in.
  void count_chained(ThreadCache& cache, const Item& item,
                     base::OwnedCounter ClassCounters::*counter) noexcept;

  Heap& heap_;
};

}  // namespace larder::slab
