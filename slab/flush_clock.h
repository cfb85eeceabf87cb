// The clock for access times, which orders accesses relative to flushes.
//
// A stamp is seconds of the server's Clock plus kStampsPerFlush for each flush so far.  So a stamp
// taken after a flush is later than all stamps taken before it, even if the threads' clocks differ
// by a second.  An item is flushed if its last access was before the last flush.
//
// Threads: any, unless a method says otherwise.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/counted_lock.h"

namespace larder::slab {

class FlushClock {
 public:
  static constexpr uint32_t kStampsPerFlush = 3;

  // Take the stamp of an access before checking whether the item is dead; otherwise the item would
  // survive a flush that happens in between.
  uint32_t stamp(base::Time now) const noexcept {
    return now + stamps_of_flushes_.load(std::memory_order_acquire);
  }

  bool is_flushed(uint32_t stamp) const noexcept { return stamp <= last_flushed(); }
  // All stamps up to this one are flushed.
  uint32_t last_flushed() const noexcept { return flushed_.load(std::memory_order_relaxed); }

  // Flushes everything stamped until now.  `stored` is the number of items stored so far.  If no
  // item was stored since the last flush, the call does nothing, because stamps wrap after 1.4
  // billion flushes, and everything would be dead from then on.  One thread at a time.
  void flush(base::Time now, uint64_t stored) noexcept {
    if (stored == stored_before_) return;
    stored_before_ = stored;
    // Flushes first, then advances the stamps: a thread that takes a stamp after the flush also
    // sees which stamps are flushed.
    const uint32_t last = now + 1 + stamps_of_flushes_.load(std::memory_order_relaxed);
    if (last > last_flushed()) flushed_.store(last, std::memory_order_relaxed);
    stamps_of_flushes_.fetch_add(kStampsPerFlush, std::memory_order_release);
  }

  // Plans a flush; replaces an earlier plan.  0: no plan.
  void plan(base::Time moment) noexcept { planned_at_.store(moment, std::memory_order_relaxed); }
  bool is_planned() const noexcept { return planned_at_.load(std::memory_order_relaxed) != 0; }
  void cancel() noexcept {
    if (is_planned()) planned_at_.store(0, std::memory_order_relaxed);
  }
  // Returns true to one caller when the planned time has come; that caller must flush.
  bool take_due(base::Time now) noexcept {
    base::Time moment = planned_at_.load(std::memory_order_relaxed);
    return moment != 0 && moment <= now &&
           planned_at_.compare_exchange_strong(moment, 0, std::memory_order_relaxed);
  }

 private:
  base::CountedAtomic<uint32_t> stamps_of_flushes_{0};
  base::CountedAtomic<uint32_t> flushed_{0};
  base::CountedAtomic<base::Time> planned_at_{0};  // 0: no plan
  uint64_t stored_before_ = 0;                     // `stored` of the last flush
};

}  // namespace larder::slab
