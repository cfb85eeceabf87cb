// What one thread keeps of the store: chunks at hand, its CAS numbers, its counters.
//
// It is what keeps threads out of each other's way: an overwriting SET takes its chunk here, gives
// the old one back here, and writes nothing that another thread writes but its bucket.
//
// Threads: belongs to one thread; the counters, the magazines' counts and cas_clock() may be read
// by any.  Lives as long as the store, which made it.
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

// What only the store can count, by class.  Sums over threads; items and bytes are differences,
// which one thread's part of may be negative.
struct alignas(64) ClassCounters {
  base::OwnedCounter items;    // linked less unlinked
  base::OwnedCounter bytes;    // of those, in upstream's accounting; see accounted_size()
  base::OwnedCounter pieces;   // chunks of this class that are pieces
  base::OwnedCounter evicted;  // live items taken for their memory
  base::OwnedCounter evicted_unfetched;
  base::OwnedCounter evicted_nonzero;  // that had an exptime
  base::OwnedCounter reclaimed;        // dead items taken for their memory, or written over
  base::OwnedCounter expired_unfetched;
  base::OwnedCounter crawler_reclaimed;      // dead items that maintenance or a crawl found
  base::OwnedCounter crawler_items_checked;  // items that it looked at
  base::OwnedCounter pages_moved;            // from here to another class or the pool
  base::OwnedCounter out_of_memory;          // writes refused
  base::OwnedCounter direct_reclaims;        // sweeps a write had to do itself
  // For balancing; a chained item counts in each class that it has chunks in.
  base::OwnedCounter ghosts;      // evicted and remembered
  base::OwnedCounter ghost_hits;  // new, and evicted not long before
  base::OwnedCounter forced;      // evicted because this class wanted a chunk
};

// Has its lines to itself: each write counts something here.
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

  // A CAS id no other item has or had, higher than `previous`: the number part is a Lamport clock,
  // the low bits are the thread.  Ids of one key rise as long as the key lives; across a removal
  // they rise if threads exchange their clocks (observe_cas_clock) in between.
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

  base::OwnedCounter items_stored;  // links, ever

  // Who is told of what the store does in this thread; null: nobody.
  Observer* observer = nullptr;

  // Links less unlinks not yet told to the store's total.
  int32_t item_balance = 0;
  // When on_turn() was last called.
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
