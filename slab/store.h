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

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "base/hash.h"
#include "slab/balancer.h"
#include "slab/due_pages.h"
#include "slab/flush_clock.h"
#include "slab/footprint.h"
#include "slab/index.h"
#include "slab/item.h"
#include "slab/item_pin.h"
#include "slab/item_view.h"
#include "slab/item_writer.h"
#include "slab/key.h"
#include "slab/operations.h"
#include "slab/options.h"
#include "slab/page_pool.h"
#include "slab/shown_classes.h"
#include "slab/size_classes.h"
#include "slab/slab_class.h"
#include "slab/thread_cache.h"

namespace larder::slab {

// The position of a walk over all chunks, in memory order.
struct WalkPlace {
  PageIndex page = kNoPage;  // has no chunks
  uint32_t chunk = 0;
};

class Store {
 public:
  explicit Store(const Options& options);
  // Precondition: no ItemPin and no ItemWriter of this store is alive.
  ~Store();

  // False if the system refused the address space; then no other method may be called.
  bool is_usable() const;

  // For a new thread; at most options.thread_count_max times.
  ThreadCache& make_thread_cache();

  Key key(std::string_view bytes) const noexcept { return Key(bytes, hasher_); }

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
  ItemPin pin(ThreadCache& cache, const ItemView& view);

  // Prefetching for batches: call the first for the bucket, the second some time later for the
  // front of the item, and the third later, with the result of the second, for the rest of it.
  void prefetch_bucket(const Key& key) const noexcept { index_.prefetch_bucket(key.hash); }
  Ref prefetch_item(const Key& key) const noexcept {
    const Ref ref = index_.guess(key.hash);
    const char* chunk = pool_.at(ref);
    for (size_t line = 0; line < kFrontLines; ++line) {
      __builtin_prefetch(chunk + line * kLineSize);
    }
    return ref;
  }
  void prefetch_rest(Ref ref) const noexcept;

  // --- Writing -----------------------------------------------------------------------------

  // Whether an item of this size is allowed by -I, by memcached's accounting.
  bool fits(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept;

  // The class of an item of this size (of its head, if it is chained).
  ClassId class_of(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept;

  // The chunks of an item.  Only in on_hit.
  Footprint footprint_of(const ItemView& view) const noexcept;

  // Writes according to head.mode, and evicts if necessary.  Copies `value`.
  // Precondition: fits(...).  OutOfMemory leaves the stored item unchanged.
  // *written (if not null) is set if Stored.
  WriteOutcome write(ThreadCache& cache, const Key& key, const WriteHead& head,
                     std::string_view value, base::Time now, Written* written = nullptr);

  // For a value that arrives in parts: allocates an unlinked item of `value_size` bytes, to be
  // filled and then committed.  Returns an empty writer if there is no memory.
  // Precondition: fits(...).
  ItemWriter reserve(ThreadCache& cache, const Key& key, uint32_t flags, uint32_t value_size,
                     base::Time now);
  // Links the writer's item.  Precondition: writer.is_full().
  WriteOutcome commit(ItemWriter writer, const Key& key, const WriteHead& head, base::Time now,
                      Written* written = nullptr);

  // Adds to a counter or subtracts, like memcached: in place, padded with spaces, if the new number
  // fits.  *counted is set if Done.
  ArithmeticOutcome change_counter(ThreadCache& cache, const Key& key, const ArithmeticHead& head,
                                   base::Time now, Counted* counted);
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
                       ClassId* class_id);

  // Invalidates everything stored until now.  The memory of dead items is freed when they are
  // found.
  void flush_all(base::Time now);
  // The same at a future time: it takes effect before anything that a thread does after its first
  // on_turn() at or after that time.  A later call of either kind replaces it.
  void flush_all_at(base::Time moment);

  // --- Maintenance -------------------------------------------------------------------------

  // Call once per turn of a worker: returns chunks that others wait for, exchanges CAS clocks, and
  // executes a planned flush when it is due.
  void on_turn(ThreadCache& cache, base::Time now);

  // A bounded step of background work: allocating memory in advance, planned flushes, expired
  // items, balancing pages between classes, draining pages, a lowered limit.  Call it about every
  // tenth of a second from one thread.  Returns true if there is more to do at once.
  bool maintain(ThreadCache& cache, base::Time now);

  // Removes dead items: examines up to `chunk_count_max` chunks from `place` on, and advances
  // `place`.  Returns false at the end of memory.
  bool reclaim_dead(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
                    size_t chunk_count_max, base::Time now);

  // Returns false if the limit exceeds the address space reserved at the start, or if the index,
  // which never shrinks, would leave too little of it for pages.
  bool set_memory_limit(size_t bytes);

  // Whether maintain() moves pages between classes: 0 no, 1 yes, 2 for smaller differences too.
  void set_automove(int mode) noexcept { automove_.store(mode, std::memory_order_relaxed); }
  int automove() const noexcept { return automove_.load(std::memory_order_relaxed); }
  // Moves one page and evicts its items: at once, or when the page's chunks in magazines of threads
  // are returned.  kNoClass is the pool of spare pages.  Without `from` the page comes from the
  // class that loses least.
  ReassignOutcome reassign(ThreadCache& cache, std::optional<ClassId> from, ClassId to,
                           base::Time now);
  // Whether maintain() searches for dead items.
  void set_crawls(bool crawls) noexcept { crawls_.store(crawls, std::memory_order_relaxed); }
  bool crawls() const noexcept { return crawls_.load(std::memory_order_relaxed); }
  // Live items that were evicted because their page moved to another class.
  uint64_t items_evicted_by_moves() const noexcept { return items_evicted_by_moves_.get(); }

  // --- Inspection --------------------------------------------------------------------------

  const Options& options() const noexcept { return options_; }
  const SizeClasses& classes() const noexcept { return classes_; }
  const ShownClasses& shown_classes() const noexcept { return shown_classes_; }
  const MemoryBudget& budget() const noexcept { return budget_; }
  const Index& index() const noexcept { return index_; }
  const PagePool& pool() const noexcept { return pool_; }
  SlabClass::Usage usage_of(ClassId id) { return slab_classes_[id].usage(); }
  // How long the last evicted item of a class had not been accessed.
  uint32_t evicted_idle_seconds(ClassId id) const noexcept {
    return slab_classes_[id].evicted_idle_seconds.load(std::memory_order_relaxed);
  }
  // Sums a counter of one class over all threads.
  uint64_t sum(ClassId id, base::OwnedCounter ClassCounters::*counter) const;
  // The same for a counter that also decreases.  One thread may subtract what another has added,
  // and the threads are not read at the same time, so the sum is clamped at 0.
  uint64_t level(ClassId id, base::OwnedCounter ClassCounters::*counter) const;
  // Chunks of a class in threads' magazines.
  uint64_t chunks_at_hand(ClassId id) const;
  uint64_t items_stored() const;
  // Seconds since the last access of the item that the hand examines next; 0 if there is none.
  uint32_t age_of_oldest(ClassId id, base::Time now);

  // Calls visit(const ItemView&) -> bool for live items of a class, each under its bucket's lock,
  // until it returns false.  Items that are stored or removed meanwhile may be missed.
  template <class Visit>
  void for_each_item(ClassId id, base::Time now, Visit visit);

  // The same for live items of several classes, in steps: from `place` on, which it advances, over
  // at most `chunk_count_max` chunks.  Returns false at the end of memory.
  template <class Visit>
  bool walk(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max, base::Time now,
            Visit visit);

  // The item's size by memcached's accounting, for `bytes` and -I: header, key, value, terminators.
  static uint64_t accounted_size(size_t key_size, uint32_t flags, uint64_t value_size,
                                 bool has_cas) noexcept;

  // Checks all invariants, for tests.  Precondition: no other thread uses the store, and there is
  // no ItemWriter and no ItemPin of a removed item.
  void verify();

 private:
  friend class ItemPin;
  friend class ItemWriter;

  static constexpr size_t kLineSize = 64;   // of a cache line
  static constexpr size_t kFrontLines = 3;  // enough for an item of 100 bytes
  uint32_t stamp(base::Time now) const noexcept { return flush_clock_.stamp(now); }
  // Never decreases a stamp: a thread whose clock is behind must not make an item look older.
  static void raise_stamp(Item* item, uint32_t stamp) noexcept {
    if (item->stamp.load(std::memory_order_relaxed) < stamp) {
      item->stamp.store(stamp, std::memory_order_relaxed);
    }
  }
  static uint32_t seconds_between(uint32_t stamp, uint32_t stamp_now) noexcept {
    return stamp_now > stamp ? stamp_now - stamp : 0;
  }
  static uint32_t seconds_between(const Item& item, uint32_t stamp_now) noexcept {
    return seconds_between(item.stamp.load(std::memory_order_relaxed), stamp_now);
  }
  // Precondition of these: threads_mutex_ is locked.
  void flush_if_due(base::Time now) noexcept;
  uint64_t sum_of_stored() const noexcept;
  bool is_flushed(const Item& item) const noexcept {
    return flush_clock_.is_flushed(item.stamp.load(std::memory_order_relaxed));
  }
  bool is_dead(const Item& item, base::Time now) const noexcept {
    return is_past(item.exptime.load(std::memory_order_relaxed), now) || is_flushed(item);
  }
  static bool is_past(base::Time exptime, base::Time now) noexcept {
    return exptime != 0 && exptime <= now;
  }
  uint64_t accounted(const Item& item) const noexcept {
    return accounted_size(item.key_size, item.flags(), item.value_size, options_.has_cas);
  }

  Index::Slot find(Bucket* bucket, const Key& key) const noexcept {
    return index_.find(bucket, key.hash, [&](Ref ref) {
      const Item* item = pool_.item_at(ref);
      return item->key_size == key.bytes.size() &&
             std::memcmp(item->bytes() + item->key_offset(), key.bytes.data(), key.bytes.size()) ==
                 0;
    });
  }
  // Like find(), but unlinks a dead item and writes it to *dead for release() after unlocking.
  Index::Slot find_live(ThreadCache& cache, Bucket* bucket, const Key& key, base::Time now,
                        Item** dead);
  static void note_access(Item* item, uint32_t stamp_now) noexcept;
  template <bool kIsAccess, class OnHit>
  ReadOutcome read_item(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // Calls look(Ref, ClassId) -> bool for chunks, like walk().
  template <class Look>
  bool walk_chunks(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max, Look look);
  // Calls visit(Item*, Bucket*, Slot) for the item in a chunk, if any, with its bucket locked.
  template <class Visit>
  void visit_racy(Ref ref, Visit visit);
  // Calls visit(const ItemView&) -> bool for it, if it is live.  Returns false if visit did.
  template <class Visit>
  bool visit_live(Ref ref, base::Time now, Visit visit);

  uint64_t hash_of(Ref ref) const noexcept { return hasher_(pool_.item_at(ref)->key()); }
  // Unsynchronized reads of a chunk that another thread may own by now, in a page that may have
  // been assigned to another class.
  uint8_t racy_state_of(Ref ref) const noexcept;
  bool racy_hash_of(Ref ref, uint64_t* hash) const noexcept;
  Ref racy_head_of(Ref piece) const noexcept;
  base::Time racy_exptime_of(Ref ref) const noexcept;
  uint32_t racy_stamp_of(Ref ref) const noexcept;
  bool racy_is_dead(Ref ref, base::Time now) const noexcept;
  // The layout of an item of some size.
  struct Layout {
    uint8_t traits;
    ClassId class_id;
    uint32_t value_size_in_head;
  };
  Layout lay_out(size_t key_size, uint32_t flags, uint32_t value_size) const noexcept;

  // Linking; called with the bucket locked.
  WriteOutcome link(ThreadCache& cache, const Key& key, Item* item, const WriteHead& head,
                    base::Time now, Written* written);
  void unlink(ThreadCache& cache, Bucket* bucket, Index::Slot slot, Item* item);
  void count_unlinked(ThreadCache& cache, Item* item) noexcept;
  static uint8_t linked_bits(const Item& item) noexcept {
    const bool is_chained = item.is_large() && item.first_piece() != kNoRef;
    return is_chained ? state::kLinked | state::kChained : state::kLinked;
  }
  // Drops the index's reference to an unlinked item, after unlocking.
  void release(ThreadCache& cache, Item* item);
  void replace(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
               std::optional<uint64_t> cas = {});
  // False if the index is full.
  bool link_new(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                std::optional<uint64_t> cas);
  // Sets a new CAS id, or the client's.  `old_item` is the replaced item, or null.
  void give_cas(ThreadCache& cache, Item* item, const Item* old_item,
                std::optional<uint64_t> foreign_cas) noexcept;
  void count_balance(ThreadCache& cache, int32_t difference, base::Time now);
  void settle_balance(ThreadCache& cache, base::Time now);

  // Append and prepend: joins `addition` and the stored value.
  WriteOutcome concatenate(ItemWriter& addition, const Key& key, const WriteHead& head,
                           base::Time now, Written* written);
  bool has_other_cas(const Item& item, uint64_t cas) const noexcept {
    return cas != 0 && options_.has_cas && item.cas() != cas;
  }
  // Replaces `old_item` by `joined` if it is unchanged, otherwise returns false.  `old_value` is
  // compared if the item was small and therefore could not be pinned.
  bool link_joined(ThreadCache& cache, const Key& key, Item* old_item, bool is_pinned,
                   std::string_view old_value, ItemWriter& joined, const WriteHead& head,
                   std::optional<base::Time> exptime, base::Time now, Written* written);
  ArithmeticOutcome create_counter(ThreadCache& cache, const Key& key, const ArithmeticHead& head,
                                   base::Time now, Counted* counted);
  void empty(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
             const Removal& removal);

  // Calls visit(std::string_view) for the parts of the value, in order.
  template <class Visit>
  void for_each_run(const ValuePlace& value, Visit visit) const;

  // Chunks.
  bool allocate(ThreadCache& cache, ClassId id, base::Time now, Ref* ref) {
    return cache.magazine(id).pop(ref) || refill(cache, id, now, ref);
  }
  bool refill(ThreadCache& cache, ClassId id, base::Time now, Ref* ref);
  // Which items an eviction spares: all live ones (Crawler, Living), those that the hand spares, or
  // none.
  enum class Mercy : uint8_t { Crawler, Living, SmallHand, MainHand, None };
  bool reclaim_oldest(ThreadCache& cache, ClassId id, base::Time now);
  bool sweep_for_chunk(ThreadCache& cache, ClassId id, base::Time now);
  // The result of a sweep: the magazine has a chunk now; candidates were spared or could not be
  // evicted; there were no candidates.
  enum class Sweep : uint8_t { Found, Spared, Vain };
  Sweep evict_some(ThreadCache& cache, ClassId id, Hand hand, bool spares_accessed, base::Time now);
  Sight look_at(Ref ref, uint8_t bits, base::Time now) const noexcept;
  PageIndex start_draining(ClassId id, bool may_be_held, base::Time now);
  // Returns true if a live item was evicted.
  bool evict_candidate(ThreadCache& cache, Ref ref, base::Time now, Mercy mercy);
  static void tell_evicted(ThreadCache& cache, const Item& item, bool was_fetched, uint32_t idle,
                           base::Time now) noexcept;
  // Adds one in each class that the item has chunks in.
  void count_chained(ThreadCache& cache, const Item& item,
                     base::OwnedCounter ClassCounters::*counter) noexcept;
  bool is_spared(Item* item, Ref candidate, Mercy mercy) const noexcept;
  void free_chunk(ThreadCache& cache, ClassId id, Ref ref);
  void free_item(ThreadCache& cache, Item* item);
  void free_pieces(ThreadCache& cache, Ref first);
  void flush_magazine(ThreadCache& cache, ClassId id);
  void flush_magazines(ThreadCache& cache);
  // Empties a page of another class.  The caller owns it and its budget; kNoPage if there is none.
  PageIndex take_page_from_others(ThreadCache& cache, ClassId except, base::Time now);
  // Returns how many live items were evicted.
  size_t drain_step(ThreadCache& cache, ClassId id, PageIndex page, base::Time now);
  struct DrainProgress {
    size_t held_count = 0;
    size_t left_count = 0;      // went to the pool before this step
    PageIndex taken = kNoPage;  // owned by the caller, with its budget
  };
  DrainProgress drain_held_pages(ThreadCache& cache, base::Time now, bool takes_one);

  struct CrawlBudget {
    size_t reclaims_left;
    size_t checks_left;
  };
  void reclaim_due(ThreadCache& cache, base::Time now);
  void search_page(ThreadCache& cache, PageIndex page, base::Time now, CrawlBudget& budget);
  // Records the exptime of a linked item in due_pages_.
  void note_exptime(const Item& item) noexcept {
    const base::Time exptime = item.exptime.load(std::memory_order_relaxed);
    if (exptime != 0) due_pages_.note(pool_.page_index_of(pool_.ref_of(&item)), exptime);
  }

  void balance(ThreadCache& cache, base::Time now);
  double reads_of_next_page(ClassId id, base::Time now);
  bool move_page(ThreadCache& cache, ClassId from, ClassId to, bool may_be_held, base::Time now);
  void give_page(PageIndex page, ClassId to);
  bool give_unused_page(ClassId to);  // false: there is none
  std::optional<ClassId> class_that_loses_least(ClassId except, base::Time now);

  const Options options_;
  const base::Hasher hasher_;
  MemoryBudget budget_;
  PagePool pool_;
  const SizeClasses classes_;
  const ShownClasses shown_classes_;
  Index index_;
  std::unique_ptr<SlabClass[]> slab_classes_;  // by class id

  alignas(64) FlushClock flush_clock_;  // flushes under threads_mutex_
  base::CountedAtomic<uint64_t> drain_generation_{0};

  // Approximate: threads add their balance from time to time.
  alignas(64) base::CountedAtomic<int64_t> item_count_{0};

  mutable base::CountedMutex threads_mutex_;
  std::vector<std::unique_ptr<ThreadCache>> threads_;  // guarded by threads_mutex_; only grows

  struct DrainingPage {
    ClassId id;
    PageIndex page;
    ClassId to = kNoClass;  // the class that gets it; kNoClass: the next that asks
  };
  DuePages due_pages_;
  base::CountedAtomic<bool> crawls_{true};
  base::CountedMutex crawl_mutex_;
  std::vector<PageIndex> marked_pages_;  // guarded by crawl_mutex_: due, to be searched
  PageIndex crawl_position_ = 0;         // guarded by crawl_mutex_
  uint32_t flush_crawled_ = 0;           // guarded by crawl_mutex_: last seen last_flushed()

  base::CountedAtomic<int> automove_{1};
  base::CountedMutex balance_mutex_;
  Balancer balancer_;                          // guarded by balance_mutex_
  base::Time reads_looked_at_ = 0;             // guarded by balance_mutex_
  std::vector<double> reads_of_next_page_;     // guarded by balance_mutex_; by class id
  base::OwnedCounter items_evicted_by_moves_;  // written under balance_mutex_

  void remember_draining(DrainingPage page);
  base::CountedMutex draining_mutex_;
  std::vector<DrainingPage> draining_;  // guarded by draining_mutex_
};

}  // namespace larder::slab

#include "slab/store_inline.h"
