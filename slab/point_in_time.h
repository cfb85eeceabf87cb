// The point in time that a walk over the store shows: which items are from before it, and what
// becomes of them when they change before the walk has come by.
//
// Every linked item has a colour, one bit of its traits.  Between walks all have the same.  A walk
// begins by changing the colour for items that are linked from then on: this is the point in time.
// The walk goes from bucket to bucket, saves what has the old colour, and gives it the new one; so
// whoever holds a bucket's lock and finds an item with the old colour knows that the walk has not
// been there.  (The polarity of CALC, Ren et al., SIGMOD 2016, applied to slab items.)
//
//   overwritten, deleted, found dead  the item is not freed: retire() gives it to the walk
//   changed in place                  copy_before_change() gives the walk a copy
//   evicted                           it is freed, will be missing, and is counted
//
// Retired items occupy memory, at most memory_bound().  Beyond it, or when the walk has fallen too
// far behind, the walk will show a later state of the key, or none after a delete: relaxed().
//
// Threads: begin() and end() and the walk's side by one thread at a time; the rest by any thread
// that holds the lock of the item's bucket.  Nothing here locks or allocates under it.
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

// An item as it was before a change in place.  A large value is pinned instead of copied.
struct PreImage {
  Item* pinned;  // null: the value is in `value`
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
  // `memory_bytes_max` is the store's.
  explicit PointInTime(size_t memory_bytes_max);

  // --- For whoever changes items, with the bucket locked -----------------------------------------

  // The colour of an item that is linked now: trait::kColour or 0.
  uint8_t colour() const noexcept { return word() & trait::kColour; }
  // Whether the item is from before the point in time of a walk that has not come by.
  bool is_old(const Item& item) const noexcept {
    return ((word() ^ item.traits) & trait::kColour) != 0;
  }

  // Precondition of these: is_old(item).

  // The item has just been unlinked.  True: the walk has it now, and the caller may not touch it any
  // more.  False: the caller frees it, because the walk does not want it or has no room; then
  // *is_lost says whether the walk wanted it.
  bool retire(Item* item, Ref ref, size_t size, bool* is_lost) noexcept;
  // The item is about to be changed in place.
  void copy_before_change(Item* item) noexcept;
  // What retire() has lost: the key is shown with a later value or not at all.
  void count_relaxed() noexcept { relaxed_.fetch_add(1, std::memory_order_relaxed); }
  // The item is evicted.
  void count_evicted(const Item& item) noexcept;

  // --- For the walk ------------------------------------------------------------------------------

  // Changes the colour.  `flushed` is FlushClock::last_flushed().  False: a walk is under way.
  bool begin(base::Time now, uint32_t flushed);
  // From now on nothing is retired or copied.  The colour stays.
  void stop_saving() noexcept;
  // Precondition: no linked item has the old colour, and no Retired and no PreImage is left.
  void end() noexcept;

  bool is_under_way() const noexcept { return is_under_way_.load(std::memory_order_relaxed); }

  // Whether an item was alive at the point in time.
  bool was_alive(const Item& item) const noexcept {
    const base::Time exptime = item.exptime.load(std::memory_order_relaxed);
    return (exptime == 0 || exptime > moment_) &&
           item.stamp.load(std::memory_order_relaxed) > flushed_;
  }

  // The next unlinked item that was retired; the caller releases it, and then calls released().
  bool take_retired(Ref* ref) noexcept { return retired_->pop(ref); }
  void released(size_t size) noexcept {
    retired_bytes_.fetch_sub(size, std::memory_order_relaxed);
  }
  // The next copy; give it back when it has been saved.  Null: none.
  PreImage* take_copy() noexcept;
  void give_back(PreImage* copy) noexcept;

  uint64_t relaxed() const noexcept { return relaxed_.load(std::memory_order_relaxed); }
  uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }

  // Of retired items: a 32nd of the store's memory, but 4 MB to 1 GB.
  size_t memory_bound() const noexcept { return memory_bound_; }

 private:
  static constexpr uint8_t kSaves = 1;  // beside the colour, in word_
  static constexpr size_t kRetiredMax = size_t{1} << 17;
  static constexpr size_t kCopiesMax = 128;

  uint8_t word() const noexcept { return word_.load(std::memory_order_acquire); }

  // Read by every write, changed by walks.
  alignas(64) std::atomic<uint8_t> word_{0};
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

  alignas(64) std::atomic<size_t> retired_bytes_{0};
  std::atomic<uint64_t> relaxed_{0};
  std::atomic<uint64_t> evicted_{0};
};

}  // namespace larder::slab
