// The point in time that a walk over the store shows: which items are from before it, and what
// becomes of them when they change before the walk has come by.
//
// Every linked item has a colour, one bit of its traits.  Between walks all have the same.  A walk
// begins by changing the colour for items that are linked from then on: this is the point in time.
// The walk goes from bucket to bucket, saves what has the old colour, and gives it the new one.  So
// whoever holds a bucket's lock and finds an item with the old colour knows that the walk has not
// been there.  (The polarity of CALC, Ren et al., SIGMOD 2016, applied to slab items.)
//
//   overwritten, deleted, found dead  claim() under the lock, and retire() in place of freeing it:
//                                     the walk saves it and frees it
//   changed in place                  copy_before_change() gives the walk a copy
//   evicted                           it is freed, will be missing, and is counted
//
// Retired items occupy memory, at most memory_bound().  Beyond it, or when the walk has fallen too
// far behind, the walk shows a later state of the key, or none after a delete: relaxed().
//
// Threads: begin(), stop_saving(), end() and the walk's side are for one thread at a time; the rest
// is for any thread that holds the lock of the item's bucket, unless it says otherwise.  Nothing
// here locks or allocates under it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "slab/bounded_queue.h"
#include "slab/item.h"
#include "slab/limits.h"

namespace larder::slab {

// What every write reads: the colour of items that are linked now, and whether the walk wants what
// changes.  It changes twice a walk.
class Colour {
 public:
  // No walk saves, and items have the colour 0: a write need not think of colours.
  bool is_plain() const noexcept { return word() == 0; }
  // trait::kColour or 0.
  uint8_t of_new_items() const noexcept { return word() & trait::kColour; }
  // Whether the item is from before the point in time of a walk that has not come by.
  bool is_old(const Item& item) const noexcept {
    return ((word() ^ item.traits) & trait::kColour) != 0;
  }
  bool saves() const noexcept { return (word() & kSaves) != 0; }

  // One thread at a time.
  void flip_and_save() noexcept {
    word_.store((word() ^ trait::kColour) | kSaves, std::memory_order_seq_cst);
  }
  void stop_saving() noexcept {
    word_.store(word() & static_cast<uint8_t>(~kSaves), std::memory_order_release);
  }

 private:
  static constexpr uint8_t kSaves = 1;
  static_assert((kSaves & trait::kColour) == 0);

  uint8_t word() const noexcept { return word_.load(std::memory_order_acquire); }

  std::atomic<uint8_t> word_{0};
};

// An item as it was before a change in place.  A large value is pinned instead of copied.
struct PreImage {
  Item* pinned;  // null: the value is in `value`
  // Of a pinned item, whose traits others may change once its bucket is unlocked.
  std::atomic<uint32_t>* pins;
  ValuePlace place;
  base::Time exptime;
  uint32_t stamp;
  uint32_t flags;
  uint64_t cas;
  uint32_t value_size;
  uint8_t key_size;
  uint8_t state;
  uint8_t traits;
  char key[kKeySizeMax];
  char value[kCopiedValueSizeMax];
};

class PointInTime {
 public:
  // `memory_bytes_max` is the store's.  `colour` outlives this.
  PointInTime(size_t memory_bytes_max, Colour& colour) noexcept;

  // --- For whoever changes items, with the bucket locked -----------------------------------------
  // Precondition: colour.is_old(item).

  // The item is being unlinked, not by an eviction.
  enum class Claim : uint8_t {
    Taken,      // pass it to retire() after unlocking
    NotWanted,  // free it
    NoRoom,     // free it; the walk wanted it
  };
  Claim claim(const Item& item) noexcept;
  // Any thread, without a lock: the walk has the item from now on.
  void retire(Ref ref) noexcept;

  // The item is about to be changed in place.
  void copy_before_change(Item* item) noexcept;
  // The key of an item that was not claimed is shown with a later value, or not at all.
  void count_relaxed() noexcept { relaxed_.fetch_add(1, std::memory_order_relaxed); }
  // The item is evicted.
  void count_evicted(const Item& item) noexcept;

  // --- For the walk ------------------------------------------------------------------------------

  // Changes the colour.  `flushed` is FlushClock::last_flushed().  False: a walk is under way.
  bool begin(base::Time now, uint32_t flushed);
  // From now on nothing is claimed or copied.  The colour stays.
  void stop_saving() noexcept { colour_.stop_saving(); }
  // Precondition: no linked item has the old colour, and nothing is left to be taken.
  void end() noexcept;

  // Whether an item was alive at the point in time.
  bool was_alive(const Item& item) const noexcept {
    return was_alive(item.exptime.load(std::memory_order_relaxed),
                     item.stamp.load(std::memory_order_relaxed));
  }

  // The next retired item, which the walk frees; then it calls released() with what it had.
  bool take_retired(Ref* ref) noexcept { return retired_->pop(ref); }
  void released(size_t size) noexcept;
  // Whether every claimed item has been taken and released.
  bool has_all() const noexcept { return claimed_.load(std::memory_order_acquire) == 0; }
  // The next copy; give it back when it has been saved.  Null: none.
  PreImage* take_copy() noexcept;
  void give_back(PreImage* copy) noexcept { free_copies_->push(copy); }

  // Any thread.
  uint64_t relaxed() const noexcept { return relaxed_.load(std::memory_order_relaxed); }
  uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }

  // Of retired items: a 32nd of the store's memory, but 4 MB to 1 GB.
  size_t memory_bound() const noexcept { return memory_bound_; }
  static size_t size_of(const Item& item) noexcept {
    return item.key_offset() + item.key_size + size_t{item.value_size};
  }

 private:
  static constexpr size_t kRetiredMax = size_t{1} << 17;
  static constexpr size_t kCopiesMax = 128;

  bool was_alive(base::Time exptime, uint32_t stamp) const noexcept {
    return (exptime == 0 || exptime > moment_) && stamp > flushed_;
  }

  Colour& colour_;
  // Written before the colour changes.
  base::Time moment_ = 0;
  uint32_t flushed_ = 0;

  const size_t memory_bound_;
  std::atomic<bool> is_under_way_{false};
  // Made by the first walk.
  std::unique_ptr<BoundedQueue<Ref>> retired_;
  std::unique_ptr<PreImage[]> copies_;
  std::unique_ptr<BoundedQueue<PreImage*>> free_copies_;
  std::unique_ptr<BoundedQueue<PreImage*>> full_copies_;

  alignas(64) std::atomic<size_t> claimed_bytes_{0};
  std::atomic<size_t> claimed_{0};  // items
  std::atomic<uint64_t> relaxed_{0};
  std::atomic<uint64_t> evicted_{0};
};

}  // namespace larder::slab
