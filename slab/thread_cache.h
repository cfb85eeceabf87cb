// Per-thread state of the store: magazines of free chunks, CAS numbers, counters.
//
// It avoids contention: an overwriting SET takes its chunk from here and returns the old one here,
// so the bucket is the only shared memory that it writes.
//
// Threads: belongs to one thread; the counters, the magazines' counts and cas_clock() may be read
// by any thread.  Owned by the store.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/counter.h"
#include "slab/item.h"
#include "slab/observer.h"
#include "slab/size_classes.h"

namespace larder::slab {

// The store's counters per class, to be summed over threads.  Items and bytes are differences, of
// which one thread's part may be negative.
struct alignas(64) ClassCounters {
  base::OwnedCounter items;    // linked minus unlinked
  base::OwnedCounter bytes;    // of those, by memcached's accounting; see accounted_size()
  base::OwnedCounter pieces;   // chunks of this class that are pieces
  base::OwnedCounter evicted;  // live items
  base::OwnedCounter evicted_unfetched;
  base::OwnedCounter evicted_nonzero;  // with an exptime
  base::OwnedCounter reclaimed;        // dead items whose memory was reused, or overwritten
  base::OwnedCounter expired_unfetched;
  base::OwnedCounter crawler_reclaimed;      // dead items that maintenance or a crawl found
  base::OwnedCounter crawler_items_checked;  // items that they examined
  base::OwnedCounter pages_moved;            // from this class to another one or to the pool
  base::OwnedCounter out_of_memory;          // refused writes
  base::OwnedCounter direct_reclaims;        // sweeps done by writes
  // For balancing; a chained item is counted in each class that it has chunks in.
  base::OwnedCounter ghosts;      // evicted and remembered
  base::OwnedCounter ghost_hits;  // new items whose key was among the ghosts
  base::OwnedCounter forced;      // evicted because this class needed a chunk
};

// Aligned to cache lines, because each write updates counters here.
class alignas(64) ThreadCache {
 public:
  ThreadCache(uint32_t thread_number, uint32_t thread_count_max, const SizeClasses& classes);

  struct Magazine {
    std::atomic<uint32_t> count{0};  // written by the owner only
    uint32_t capacity = 0;
    std::array<Ref, kMagazineChunksMax> chunks;

    bool pop(Ref* ref) noexcept {
      const uint32_t size = count.load(std::memory_order_relaxed);
      if (size == 0) return false;
      *ref = chunks[size - 1];
      count.store(size - 1, std::memory_order_relaxed);
      return true;
    }
    bool push(Ref ref) noexcept {
      const uint32_t size = count.load(std::memory_order_relaxed);
      if (size == capacity) return false;
      chunks[size] = ref;
      count.store(size + 1, std::memory_order_relaxed);
      return true;
    }
  };

  Magazine& magazine(ClassId id) noexcept { return magazines_[id]; }
  const Magazine& magazine(ClassId id) const noexcept { return magazines_[id]; }
  ClassCounters& counters(ClassId id) noexcept { return counters_[id]; }
  const ClassCounters& counters(ClassId id) const noexcept { return counters_[id]; }

  // A unique CAS id, higher than `previous`: the upper part is a Lamport clock, the low bits are
  // the thread number.  The ids of a key increase as long as the key exists; across a removal they
  // increase if the threads exchange their clocks (observe_cas_clock) in between.
  uint64_t next_cas(uint64_t previous) noexcept {
    const uint64_t floor = previous >> thread_bits_;
    uint64_t number = cas_number_.load(std::memory_order_relaxed);
    if (floor > number) number = floor;
    cas_number_.store(++number, std::memory_order_relaxed);
    return number << thread_bits_ | thread_number_;
  }
  uint64_t cas_clock() const noexcept { return cas_number_.load(std::memory_order_relaxed); }
  void observe_cas_clock(uint64_t number) noexcept {
    if (number > cas_clock()) cas_number_.store(number, std::memory_order_relaxed);
  }

  // Makes all ids of this thread from now on higher than any that was given after `cas` before a
  // restart: for 2^40 ids.
  void raise_cas(uint64_t cas) noexcept {
    constexpr uint64_t kIdsAfterSnapshot = uint64_t{1} << 40;
    observe_cas_clock((cas >> thread_bits_) + kIdsAfterSnapshot);
  }

  base::OwnedCounter items_stored;  // all links since the start

  // Observes what the store does on this thread; may be null.
  Observer* observer = nullptr;

  // Links minus unlinks that are not yet part of the store's total.
  int32_t item_balance = 0;
  // The time of the last on_turn().
  base::Time last_turn = 0;
  // The store's drain generation when the magazines were last emptied for it.
  uint64_t drain_generation_seen = 0;

 private:
  const uint32_t thread_number_;
  const unsigned thread_bits_;
  std::atomic<uint64_t> cas_number_{0};
  std::unique_ptr<Magazine[]> magazines_;      // by class id
  std::unique_ptr<ClassCounters[]> counters_;  // by class id
};

}  // namespace larder::slab
