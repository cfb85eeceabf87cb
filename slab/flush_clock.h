// The clock of accesses, on which a flush lies between two moments.
//
// A stamp is seconds of the server's Clock, plus kStampsPerFlush for every flush so far: so even of
// threads whose clocks are a second apart, one that stamps after a flush has a later stamp than all
// that stamped before it.  An item is flushed if it was last accessed before the last flush.
//
// Threads: any, but where a method says otherwise.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/counted_lock.h"

namespace larder::slab {

class FlushClock {
 public:
  static constexpr uint32_t kStampsPerFlush = 3;

  // Take the stamp of an access before asking whether the item is dead: with one taken after it, a
  // flush in between would be outlived.
  uint32_t stamp(base::Time now) const noexcept {
    return now + stamps_of_flushes_.load(std::memory_order_acquire);
  }

  bool is_flushed(uint32_t stamp) const noexcept { return stamp <= last_flushed(); }
  // All stamps up to this one are.
  uint32_t last_flushed() const noexcept { return flushed_.load(std::memory_order_relaxed); }

  // Everything stamped until now is flushed.  `stored`: how many items have been stored so far; a
  // flush that has nothing to kill is not counted, as stamps wrap after 1.4 billion of them, and
  // everything would be dead from then on.  One thread at a time.
  void flush(base::Time now, uint64_t stored) noexcept {
    if (stored == stored_before_) return;
    stored_before_ = stored;
    // Kills first and moves the stamps on then: whoever takes a stamp that lies after the flush
    // also sees what it killed.
    const uint32_t last = now + 1 + stamps_of_flushes_.load(std::memory_order_relaxed);
    if (last > last_flushed()) flushed_.store(last, std::memory_order_relaxed);
    stamps_of_flushes_.fetch_add(kStampsPerFlush, std::memory_order_release);
  }

  // One flush may be planned; a later plan replaces it.  0: none is.
  void plan(base::Time moment) noexcept { planned_at_.store(moment, std::memory_order_relaxed); }
  bool is_planned() const noexcept { return planned_at_.load(std::memory_order_relaxed) != 0; }
  void cancel() noexcept {
    if (is_planned()) planned_at_.store(0, std::memory_order_relaxed);
  }
  // True once, for whoever asks first when the moment has come: it is to flush.
  bool take_due(base::Time now) noexcept {
    base::Time moment = planned_at_.load(std::memory_order_relaxed);
    return moment != 0 && moment <= now &&
           planned_at_.compare_exchange_strong(moment, 0, std::memory_order_relaxed);
  }

 private:
  base::CountedAtomic<uint32_t> stamps_of_flushes_{0};
  base::CountedAtomic<uint32_t> flushed_{0};
  base::CountedAtomic<base::Time> planned_at_{0};  // 0: none is
  uint64_t stored_before_ = 0;                     // the last flush
};

}  // namespace larder::slab
