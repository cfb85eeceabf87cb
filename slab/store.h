// The cache: keys, values, expiry and eviction, in at most options.memory_bytes_max for items and
// index together.  It is independent of protocols and sockets, and has no thread of its own.
//
// Threads: every method may be called from any thread, with that thread's own ThreadCache.
// Locks: no lock is taken while a bucket's lock byte is held.  The mutexes of a class, of the page
// pool and of the overflow buckets are leaves; none is taken while another is held.  Exceptions:
// the pool's under a class's (a drained page leaves), the overflow mutex under a bucket.  No memory
// is allocated under a bucket's lock byte.
//
// Time: `now` is seconds on the server's Clock.  exptimes are times on it; 0 means never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "slab/chunk_supply.h"
#include "slab/heap.h"
#include "slab/index_growth.h"
#include "slab/inspection.h"
#include "slab/item_pin.h"
#include "slab/item_sizes.h"
#include "slab/item_view.h"
#include "slab/item_writer.h"
#include "slab/key.h"
#include "slab/links.h"
#include "slab/maintenance.h"
#include "slab/operations.h"
#include "slab/options.h"
#include "slab/shown_classes.h"
#include "slab/size_classes.h"
#include "slab/thread_cache.h"
#include "slab/thread_caches.h"
#include "slab/writes.h"

namespace larder::slab {

class Store {
 public:
  explicit Store(const Options& options);
  // Precondition: no ItemPin and no ItemWriter of this store is alive.
  ~Store();

  // False if the system refused the address space; then no other method may be called.
  bool is_usable() const noexcept { return heap_.is_usable(); }

  // For a new thread; at most options.thread_count_max times.
  ThreadCache& make_thread_cache() { return threads_.make(); }

  Key key(std::string_view bytes) const noexcept { return Key(bytes, heap_.hasher); }

  // --- Reading -----------------------------------------------------------------------------

  // Calls on_hit(const ItemView&) for the live item under `key` with its bucket locked.  on_hit
  // must be short and may call no method of the store except pin().  Counts as an access.
  template <class OnHit>
  ReadOutcome read(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // The same, but sets the item's exptime first.
  template <class OnHit>
  ReadOutcome read_and_touch(ThreadCache& cache, const Key& key, base::Time exptime, base::Time now,
                             OnHit on_hit);

  // The same as read() without counting as an access.
  template <class OnHit>
  ReadOutcome peek(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // The same, with or without counting as an access.  If there is no live item, one is created, and
  // on_hit(const ItemView&, bool is_new) is called for it.  Returns a miss only if memory runs out.
  template <class OnHit>
  ReadOutcome read_or_create(ThreadCache& cache, const Key& key, const Placeholder& placeholder,
                             bool is_access, base::Time now, OnHit on_hit);

  // Keeps a large item's bytes in place and unchanged until the pin is destroyed.  Only in on_hit.
  ItemPin pin(ThreadCache& cache, const ItemView& view) { return heap_.pin(cache, view.item); }

  // Prefetching for batches: call the first for the bucket, the second some time later for the
  // front of the item, and the third later, with the result of the second, for the rest of it.
  void prefetch_bucket(const Key& key) const noexcept { heap_.index.prefetch_bucket(key.hash); }
  Ref prefetch_item(const Key& key) const noexcept;
  void prefetch_rest(Ref ref) const noexcept;

  // --- Writing -----------------------------------------------------------------------------

  // Writes according to head.mode, and evicts if necessary.  Copies `value`.
  // Precondition: sizes().fits(...).  OutOfMemory leaves the stored item unchanged.
  // *written (if not null) is set if Stored.
  WriteOutcome write(ThreadCache& cache, const Key& key, const WriteHead& head,
                     std::string_view value, base::Time now, Written* written = nullptr) {
    return writes_.write(cache, key, head, value, now, written);
  }

  // For a value that arrives in parts: allocates an unlinked item of `value_size` bytes, to be
  // filled and then committed.  Returns an empty writer if there is no memory.
  // Precondition: sizes().fits(...).
  ItemWriter reserve(ThreadCache& cache, const Key& key, uint32_t flags, uint32_t value_size,
                     base::Time now) {
    return writes_.reserve(cache, key, flags, value_size, now);
  }
  // Links the writer's item.  Precondition: writer.is_full().
  WriteOutcome commit(ItemWriter writer, const Key& key, const WriteHead& head, base::Time now,
                      Written* written = nullptr) {
    return writes_.commit(writer, key, head, now, written);
  }

  // Adds an item of a snapshot, unless there is a live one: then NotStored.
  // Precondition: sizes().fits(...).
  WriteOutcome restore(ThreadCache& cache, const Key& key, const RestoredItem& item,
                       std::string_view value, base::Time now) {
    return writes_.restore(cache, key, item, value, now);
  }

  // Adds to a counter or subtracts, like memcached: in place, padded with spaces, if the new number
  // fits.  *counted is set if Done.
  ArithmeticOutcome change_counter(ThreadCache& cache, const Key& key, const ArithmeticHead& head,
                                   base::Time now, Counted* counted) {
    return writes_.change_counter(cache, key, head, now, counted);
  }
  ArithmeticOutcome change_counter(ThreadCache& cache, const Key& key, uint64_t delta,
                                   bool decrements, base::Time now, uint64_t* result,
                                   ClassId* class_id) {
    Counted counted;
    const ArithmeticOutcome outcome =
        change_counter(cache, key, {.delta = delta, .decrements = decrements}, now, &counted);
    *result = counted.number;
    *class_id = counted.class_id;
    return outcome;
  }

  // False if there is no live item.  *class_id (if not null) is the removed item's.
  bool remove(ThreadCache& cache, const Key& key, base::Time now, ClassId* class_id);

  // Removes or marks an item as `removal` specifies.  *class_id is the item's, if Removed.
  RemoveOutcome remove(ThreadCache& cache, const Key& key, const Removal& removal, base::Time now,
                       ClassId* class_id) {
    return writes_.remove(cache, key, removal, now, class_id);
  }

  // Invalidates everything stored until now.  The memory of dead items is freed when they are
  // found.
  void flush_all(base::Time now) { threads_.flush(now); }
  // The same at a future time: it takes effect before anything that a thread does after its first
  // on_turn() at or after that time.  A later call of either kind replaces it.
  void flush_all_at(base::Time moment) { heap_.flush_clock.plan(moment); }

  // --- Maintenance -------------------------------------------------------------------------

  // Call once per turn of a worker: returns chunks that others wait for, exchanges CAS clocks, and
  // executes a planned flush when it is due.
  void on_turn(ThreadCache& cache, base::Time now) {
    supply_.drain().return_chunks(cache);
    if (__builtin_expect(now != cache.last_turn, 0)) {
      cache.last_turn = now;
      threads_.begin_second(cache, now);
    }
    growth_.count(cache, 0, now);  // settles items unlinked by evictions and reads
  }

  // A bounded step of background work: allocating memory in advance, planned flushes, expired
  // items, balancing pages between classes, draining pages, a lowered limit.  Call it about every
  // tenth of a second from one thread.  Returns true if there is more to do at once.
  bool maintain(ThreadCache& cache, base::Time now) {
    on_turn(cache, now);
    return maintenance_.step(cache, now);
  }

  // Returns false if the limit exceeds the address space reserved at the start, or if the index,
  // which never shrinks, would leave too little of it for pages.
  bool set_memory_limit(size_t bytes) { return maintenance_.set_memory_limit(bytes); }

  // What maintain() does may be set here, and asked for: moves of pages, searches for dead items.
  Maintenance& maintenance() noexcept { return maintenance_; }
  const Maintenance& maintenance() const noexcept { return maintenance_; }

  // --- Inspection --------------------------------------------------------------------------

  const Options& options() const noexcept { return heap_.options; }
  const SizeClasses& classes() const noexcept { return heap_.classes; }
  const ShownClasses& shown_classes() const noexcept { return heap_.shown_classes; }
  // Whether an item of some size fits, in which class it is, how many bytes it counts.
  const ItemSizes& sizes() const noexcept { return heap_.sizes; }
  // Memory in use, figures of classes, walks over items.
  const Inspection& inspect() const noexcept { return inspection_; }

  // Checks all invariants, for tests.  Precondition: no other thread uses the store, and there is
  // no ItemWriter and no ItemPin of a removed item.
  void verify();

 private:
  friend class PointInTimeWalk;

  template <bool kIsAccess, class OnHit>
  ReadOutcome read_item(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // In the order in which they use each other: each only knows those above it.
  Heap heap_;
  ThreadCaches threads_;
  Links links_;
  ChunkSupply supply_;
  IndexGrowth growth_;
  Writes writes_;
  Maintenance maintenance_;
  const Inspection inspection_;
};

}  // namespace larder::slab

#include "slab/store_inline.h"
