// The hash index: 64-byte buckets of one-byte tags and 32-bit references, each with its own lock
// (see bucket.h).  A full bucket continues in an overflow bucket; chains are kept gapless, so most
// keys are found in their first cache line.
//
// The empty slots of a chain's last bucket remember evicted items as ghosts: two 16-bit parts of
// hashes in place of a reference, newest first.  Ghosts need no memory or cache line of their own;
// a new item replaces the two oldest.  While the index is larger than its items need, a bucket has
// at most as many ghosts as items, because older ghosts do not show what would fit into memory.
//
// The table grows by linear hashing (Litwin, VLDB 1980): one bucket is split at a time, in
// reserved address space, so there is no second table, no pause and no moment when memory doubles.
//
// Threads: the lock byte of the first bucket guards its slots and those of its overflow chain.
// lock() ensures that the hash still belongs to the bucket that it returns.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/counted_lock.h"
#include "base/spin_lock.h"
#include "slab/address_space.h"
#include "slab/bucket.h"
#include "slab/memory_budget.h"
#include "slab/overflow_buckets.h"

namespace larder::slab {

class Index {
 public:
  // A slot of a chain.  Valid under the bucket's lock until the chain changes.
  struct Slot {
    Bucket* bucket = nullptr;
    unsigned number = 0;
    explicit operator bool() const noexcept { return bucket != nullptr; }
    Ref& ref() const noexcept { return bucket->refs[number]; }
  };

  // The index starts with room for 2^hash_power items.  `budget` outlives it and is charged for it.
  Index(unsigned hash_power, size_t memory_bytes_reachable, bool uses_huge_pages,
        MemoryBudget& budget);

  bool is_usable() const noexcept { return space_.data() != nullptr && overflow_.is_usable(); }

  Bucket* lock(uint64_t hash) noexcept {
    for (;;) {
      Bucket* bucket =
          &buckets_[bucket_number(hash, bucket_count_.load(std::memory_order_acquire))];
      base::lock_byte(bucket->lock);
      const size_t count = bucket_count_.load(std::memory_order_acquire);
      if (__builtin_expect(bucket == &buckets_[bucket_number(hash, count)], 1)) return bucket;
      base::unlock_byte(bucket->lock);  // split meanwhile
    }
  }
  void unlock(Bucket* bucket) noexcept { base::unlock_byte(bucket->lock); }

  // The same for a bucket by its number, which is less than bucket_count().
  Bucket* lock_at(size_t number) noexcept {
    base::lock_byte(buckets_[number].lock);
    return &buckets_[number];
  }
  // Calls visit(Ref) -> bool for the items of a locked bucket, until it returns false.
  template <class Visit>
  void for_each_ref(Bucket* bucket, Visit visit) const;
  // For a walk by number, without a lock: prefetches a bucket, and calls visit(Ref) for what may be
  // the items of its first 64 bytes.  Any number.
  void prefetch_at(size_t number) const noexcept {
    if (number < bucket_count()) __builtin_prefetch(&buckets_[number], 1);
  }
  template <class Visit>
  void for_each_guess(size_t number, Visit visit) const noexcept;

  // The slot with the hash's tag whose reference fulfils `matches`.  The bucket must be locked.
  template <class Matches>
  Slot find(Bucket* bucket, uint64_t hash, Matches matches) const noexcept;
  Slot find_ref(Bucket* bucket, uint64_t hash, Ref ref) const noexcept {
    return find(bucket, hash, [ref](Ref candidate) { return candidate == ref; });
  }

  // Adds a slot.  Returns false if no overflow bucket is left: 16 million are in use, or as many as
  // the reserved address space holds.
  [[nodiscard]] bool insert(Bucket* bucket, uint64_t hash, Ref ref);
  // Removes a slot and fills the gap with the chain's last slot.
  void erase(Bucket* bucket, Slot slot);
  // The same, and keeps a ghost of the item's hash.
  void erase_and_remember(Bucket* bucket, Slot slot, uint64_t hash);
  // Returns whether the bucket has a ghost of this hash (or of a very similar one), and removes it.
  bool take_ghost(Bucket* bucket, uint64_t hash);
  // The maximum number of ghosts per bucket, if there is room.
  void limit_ghosts(size_t per_bucket) noexcept {
    const size_t limit = std::min(per_bucket, kSlotsPerBucket * kGhostsPerSlot);
    if (ghosts_max_.load(std::memory_order_relaxed) != limit) {
      ghosts_max_.store(limit, std::memory_order_relaxed);
    }
  }

  // Splits one bucket.  `hash_of(Ref)` returns the hash of a linked item.  Returns false if another
  // thread is splitting, the reserved space is used up, or the budget has no room (*lacks_memory).
  template <class HashOf>
  bool grow(HashOf hash_of, bool* lacks_memory);

  // Takes over `size` bytes that the caller has taken from the budget: keeps what the next splits
  // need, so that no other thread can take it first, and gives the rest back.
  void take_over_budget(size_t size);

  // Prefetches the data that lock() and find() will read.  Takes no lock; changes nothing.
  void prefetch_bucket(uint64_t hash) const noexcept {
    __builtin_prefetch(
        &buckets_[bucket_number(hash, bucket_count_.load(std::memory_order_relaxed))], 1);
  }
  // A chunk that may hold the item, judged by its tag only, or kNoRef.
  Ref guess(uint64_t hash) const noexcept;

  // Allocates memory for the next splits in advance, at most half of the budget's rest; the other
  // half is for pages.  One thread at a time.
  void touch_ahead() noexcept {
    space_.touch_ahead(bucket_count() * sizeof(Bucket), budget_.left() / 2);
  }
  size_t bucket_count() const noexcept { return bucket_count_.load(std::memory_order_relaxed); }
  size_t overflow_count() const noexcept { return overflow_.count(); }
  // Memory of both kinds of bucket, as charged to the budget.
  size_t memory_bytes() const noexcept {
    return charged_.load(std::memory_order_relaxed) + overflow_.memory_bytes();
  }

 private:
  static constexpr size_t kChargeBytes = 4096;  // the budget is asked for this much at a time

  static size_t bucket_number(uint64_t hash, size_t count) noexcept {
    // Buckets below count - 2^k have been split already: they use one bit more.
    const size_t wide = std::bit_ceil(count) - 1;
    const size_t number = hash & wide;
    return number < count ? number : number & (wide >> 1);
  }
  void erase(Bucket* first, Slot slot, Ghost ghost);

  // Moves the slots of the chain to moving_ and its overflow buckets to kept_.
  void take_all(Bucket* first);
  // Distributes moving_: into `from` if `bit` of the hash is 0, otherwise into `to`.  This needs no
  // more overflow buckets than the chain had, because each of the two chains has at most one bucket
  // that is not full, and there is one more first bucket.
  template <class HashOf>
  void deal_out(Bucket* from, Bucket* to, size_t bit, HashOf hash_of);
  // `acquire()` returns another overflow bucket, or null.
  template <class Acquire>
  [[nodiscard]] bool append(Bucket* first, uint8_t tag, Ref ref, Acquire acquire);

  MemoryBudget& budget_;
  AddressSpace space_;
  Bucket* const buckets_;
  OverflowBuckets overflow_;
  const size_t bucket_count_max_;
  // Read by every operation, written by growth.
  alignas(64) base::CountedAtomic<size_t> bucket_count_;

  base::CountedAtomic<size_t> ghosts_max_{1};  // per bucket

  alignas(64) base::CountedMutex growth_mutex_;
  size_t charged_buckets_ = 0;  // guarded by growth_mutex_
  std::vector<Ref> moving_;     // guarded by growth_mutex_: scratch space of a split
  uint32_t kept_ = 0;           // guarded by growth_mutex_: overflow buckets of the current split
  base::CountedAtomic<size_t> charged_{0};  // for first buckets
};

}  // namespace larder::slab

#include "slab/index_inline.h"
