// The cache: keys, values, expiry and eviction, in at most options.memory_bytes_max for items and
// index together.  Knows no protocol and no socket, and has no thread of its own.
//
// Threads: every method may be called from any thread, with that thread's own ThreadCache.
// Locks: a bucket's byte, then nothing.  A class's mutex, a page pool's mutex and the overflow
// mutex are leaves, of which none is taken while another is held, but for: pool under class (a
// drained page leaves), overflow under bucket.  Nothing is allocated under a bucket's byte.
//
// Time: `now` is seconds on the server's Clock.  exptimes are moments on it; 0 is never.
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

// How far a walk over all chunks has come, in the order of memory.
struct WalkPlace {
  PageIndex page = kNoPage;  // of which there are no chunks
  uint32_t chunk = 0;
};

class Store {
 public:
  explicit Store(const Options& options);
  // Precondition: no ItemPin and no ItemWriter of this store is alive.
  ~Store();

  // False if the system refused the address space; nothing else may be called then.
  bool is_usable() const;

  // For a new thread; at most options.thread_count_max times.
  ThreadCache& make_thread_cache();

  Key key(std::string_view bytes) const noexcept { return Key(bytes, hasher_); }

  // --- Reading -----------------------------------------------------------------------------

  // Calls on_hit(const ItemView&) for the live item under `key`, its bucket locked: copy and leave;
  // call nothing of the store but pin().  Counts as an access.
  template <class OnHit>
  ReadOutcome read(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // The same, giving the item a new exptime first.
  template <class OnHit>
  ReadOutcome read_and_touch(ThreadCache& cache, const Key& key, base::Time exptime, base::Time now,
                             OnHit on_hit);

  // The same without counting as an access.
  template <class OnHit>
  ReadOutcome peek(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // The same, with or without counting; if there is no live item one is created, and
  // on_hit(const ItemView&, bool is_new) is called for that.  Misses only for want of memory.
  template <class OnHit>
  ReadOutcome read_or_create(ThreadCache& cache, const Key& key, const Placeholder& placeholder,
                             bool is_access, base::Time now, OnHit on_hit);

  // Keeps a large item's bytes in place and unchanged until the pin dies.  Only inside on_hit.
  ItemPin pin(ThreadCache& cache, const ItemView& view);

  // For a batch: the first asks for the bucket, the second (some work later) for the front of the
  // item, the third (later again, with what the second gave) for the rest of it.
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

  // Whether an item of this size may be stored at all, in upstream's accounting of -I.
  bool fits(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept;

  // The class an item of this size lies in (the head's, if it is chained).
  ClassId class_of(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept;

  // The chunks that an item lies in.  Only inside on_hit.
  Footprint footprint_of(const ItemView& view) const noexcept;

  // Writes as head.mode allows, evicting if it must.  Copies `value`.
  // Precondition: fits(...).  OutOfMemory leaves what is stored as it was.
  // *written (if not null) is set if Stored.
  WriteOutcome write(ThreadCache& cache, const Key& key, const WriteHead& head,
                     std::string_view value, base::Time now, Written* written = nullptr);

  // For a value that arrives in parts: an item of `value_size` bytes, not linked, to be filled and
  // then committed.  An empty writer if there is no memory.  Precondition: fits(...).
  ItemWriter reserve(ThreadCache& cache, const Key& key, uint32_t flags, uint32_t value_size,
                     base::Time now);
  // Links what the writer holds.  Precondition: writer.is_full().
  WriteOutcome commit(ItemWriter writer, const Key& key, const WriteHead& head, base::Time now,
                      Written* written = nullptr);

  // Adds to a counter or subtracts, as upstream does: in place, padded with spaces, if the number
  // fits where the old one was.  *counted is set if Done.
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

  // Removes or marks, as `removal` says.  *class_id is the item's, if Removed.
  RemoveOutcome remove(ThreadCache& cache, const Key& key, const Removal& removal, base::Time now,
                       ClassId* class_id);

  // Everything stored until now is dead; what is stored from now on is not.  Memory comes back as
  // the dead are met.
  void flush_all(base::Time now);
  // The same at a moment to come: before what a thread does after its first on_turn() from then on.
  // A later call of either kind replaces it.
  void flush_all_at(base::Time moment);

  // --- Care --------------------------------------------------------------------------------

  // Once per turn of a worker: gives chunks back that others wait for, learns CAS clocks, and
  // flushes if the moment has come.
  void on_turn(ThreadCache& cache, base::Time now);

  // A bounded step of what no request waits for: memory soon needed, due flushes, dead items, pages
  // that do more good elsewhere, draining pages, a lowered limit. Called every tenth of a second or
  // so by one thread.  True if there is more to do at once.
  bool maintain(ThreadCache& cache, base::Time now);

  // Takes what is dead out of the index: looks at up to `chunk_count_max` chunks from `place` on,
  // which it moves.  False at the end of memory.
  bool reclaim_dead(ThreadCache& cache, WalkPlace& place, const ClassSet& classes,
                    size_t chunk_count_max, base::Time now);

  // False if that is more than the address space reserved at start, or if the index, which never
  // shrinks, leaves too little of it for pages.
  bool set_memory_limit(size_t bytes);

  // Whether maintain() moves pages to the classes that they do more good in: 0 no, 1 yes, 2 for
  // smaller differences too.
  void set_automove(int mode) noexcept { automove_.store(mode, std::memory_order_relaxed); }
  int automove() const noexcept { return automove_.load(std::memory_order_relaxed); }
  // Moves one page, evicting what lives in it: at once, or when the chunks of it that threads have
  // at hand come back.  kNoClass is the pool of spare pages.  Without `from`: of whichever class
  // loses least.
  ReassignOutcome reassign(ThreadCache& cache, std::optional<ClassId> from, ClassId to,
                           base::Time now);
  // Whether maintain() looks for dead items.
  void set_crawls(bool crawls) noexcept { crawls_.store(crawls, std::memory_order_relaxed); }
  bool crawls() const noexcept { return crawls_.load(std::memory_order_relaxed); }
  // Living items that went because their page went to another class.
  uint64_t items_evicted_by_moves() const noexcept { return items_evicted_by_moves_.get(); }

  // --- Looking at it -----------------------------------------------------------------------

  const Options& options() const noexcept { return options_; }
  const SizeClasses& classes() const noexcept { return classes_; }
  const ShownClasses& shown_classes() const noexcept { return shown_classes_; }
  const MemoryBudget& budget() const noexcept { return budget_; }
  const Index& index() const noexcept { return index_; }
  const PagePool& pool() const noexcept { return pool_; }
  SlabClass::Usage usage_of(ClassId id) { return slab_classes_[id].usage(); }
  // How long the item of a class evicted last had not been accessed.
  uint32_t evicted_idle_seconds(ClassId id) const noexcept {
    return slab_classes_[id].evicted_idle_seconds.load(std::memory_order_relaxed);
  }
  // Sums a counter of one class over all threads.
  uint64_t sum(ClassId id, base::OwnedCounter ClassCounters::*counter) const;
  // The same of one that goes up and down.  What one thread adds another may subtract, and the
  // threads are not read at one moment: never below 0.
  uint64_t level(ClassId id, base::OwnedCounter ClassCounters::*counter) const;
  // Chunks of a class that lie in threads' magazines.
  uint64_t chunks_at_hand(ClassId id) const;
  uint64_t items_stored() const;
  // Seconds since the item the hand reaches next was accessed; 0 if there is none.
  uint32_t age_of_oldest(ClassId id, base::Time now);

  // Calls visit(const ItemView&) -> bool for live items of a class, each under its bucket's lock,
  // until it returns false.  Items that come or go meanwhile may be missed.
  template <class Visit>
  void for_each_item(ClassId id, base::Time now, Visit visit);

  // The same for live items of several classes, in pieces: from `place` on, which it moves, and
  // past `chunk_count_max` chunks at most.  False at the end of memory.
  template <class Visit>
  bool walk(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max, base::Time now,
            Visit visit);

  // What the item counts for in `bytes` and -I: upstream's header, key, value and terminators.
  static uint64_t accounted_size(size_t key_size, uint32_t flags, uint64_t value_size,
                                 bool has_cas) noexcept;

  // Checks every invariant that can be checked with no other thread around, no ItemPin of an item
  // that is gone and no ItemWriter; for tests.
  void verify();

 private:
  friend class ItemPin;
  friend class ItemWriter;

  static constexpr size_t kLineSize = 64;   // what the processor fetches at once
  static constexpr size_t kFrontLines = 3;  // an item of 100 bytes lies in so many
  uint32_t stamp(base::Time now) const noexcept { return flush_clock_.stamp(now); }
  // Never back: a thread whose clock is behind must not make an item look older.
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
  // As find(), but a dead item is unlinked and written to *dead for release() after unlocking.
  Index::Slot find_live(ThreadCache& cache, Bucket* bucket, const Key& key, base::Time now,
                        Item** dead);
  static void note_access(Item* item, uint32_t stamp_now) noexcept;
  template <bool kIsAccess, class OnHit>
  ReadOutcome read_item(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit);

  // Calls look(Ref, ClassId) -> bool for chunks, as walk().
  template <class Look>
  bool walk_chunks(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max, Look look);
  // Calls visit(Item*, Bucket*, Slot) for the item that a chunk is of, its bucket locked, if any.
  template <class Visit>
  void visit_racy(Ref ref, Visit visit);
  // Calls visit(const ItemView&) -> bool for it, if it is alive; false if that is what it said.
  template <class Visit>
  bool visit_live(Ref ref, base::Time now, Visit visit);

  uint64_t hash_of(Ref ref) const noexcept { return hasher_(pool_.item_at(ref)->key()); }
  // Of a chunk that may be anybody's by now, in a page that may be cut into other chunks.
  uint8_t racy_state_of(Ref ref) const noexcept;
  bool racy_hash_of(Ref ref, uint64_t* hash) const noexcept;
  Ref racy_head_of(Ref piece) const noexcept;
  base::Time racy_exptime_of(Ref ref) const noexcept;
  uint32_t racy_stamp_of(Ref ref) const noexcept;
  bool racy_is_dead(Ref ref, base::Time now) const noexcept;
  // How an item of some size is laid out.
  struct Layout {
    uint8_t traits;
    ClassId class_id;
    uint32_t value_size_in_head;
  };
  Layout lay_out(size_t key_size, uint32_t flags, uint32_t value_size) const noexcept;

  // Linking, under the bucket's lock.
  WriteOutcome link(ThreadCache& cache, const Key& key, Item* item, const WriteHead& head,
                    base::Time now, Written* written);
  void unlink(ThreadCache& cache, Bucket* bucket, Index::Slot slot, Item* item);
  void count_unlinked(ThreadCache& cache, Item* item) noexcept;
  static uint8_t linked_bits(const Item& item) noexcept {
    const bool is_chained = item.is_large() && item.first_piece() != kNoRef;
    return is_chained ? state::kLinked | state::kChained : state::kLinked;
  }
  // Lets go of the index's hold on an unlinked item, after unlocking.
  void release(ThreadCache& cache, Item* item);
  void replace(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
               std::optional<uint64_t> cas = {});
  // False if the index is full.
  bool link_new(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                std::optional<uint64_t> cas);
  // A new id for what `item` has become, or the client's.  `old_item`: what it replaces, or null.
  void give_cas(ThreadCache& cache, Item* item, const Item* old_item,
                std::optional<uint64_t> foreign_cas) noexcept;
  void count_balance(ThreadCache& cache, int32_t difference, base::Time now);
  void settle_balance(ThreadCache& cache, base::Time now);

  // Append and prepend: adds what `addition` holds to what is stored.
  WriteOutcome concatenate(ItemWriter& addition, const Key& key, const WriteHead& head,
                           base::Time now, Written* written);
  bool has_other_cas(const Item& item, uint64_t cas) const noexcept {
    return cas != 0 && options_.has_cas && item.cas() != cas;
  }
  // Replaces the item `old_item`, found unchanged, by `joined`.  False if it changed meanwhile.
  // `old_value` counts if the item was small and so could not be pinned.
  bool link_joined(ThreadCache& cache, const Key& key, Item* old_item, bool is_pinned,
                   std::string_view old_value, ItemWriter& joined, const WriteHead& head,
                   std::optional<base::Time> exptime, base::Time now, Written* written);
  ArithmeticOutcome create_counter(ThreadCache& cache, const Key& key, const ArithmeticHead& head,
                                   base::Time now, Counted* counted);
  void empty(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
             const Removal& removal);

  // Calls visit(std::string_view) for the value's runs of bytes, front to back.
  template <class Visit>
  void for_each_run(const ValuePlace& value, Visit visit) const;

  // Chunks.
  bool allocate(ThreadCache& cache, ClassId id, base::Time now, Ref* ref) {
    return cache.magazine(id).pop(ref) || refill(cache, id, now, ref);
  }
  bool refill(ThreadCache& cache, ClassId id, base::Time now, Ref* ref);
  // What an eviction lets live: everything that does (two ways of asking); what a hand spares;
  // nothing.
  enum class Mercy : uint8_t { Crawler, Living, SmallHand, MainHand, None };
  bool reclaim_oldest(ThreadCache& cache, ClassId id, base::Time now);
  bool sweep_for_chunk(ThreadCache& cache, ClassId id, base::Time now);
  // What one sweep came to: the magazine has a chunk now; what could go did not, or is spared for
  // now; nothing can go.
  enum class Sweep : uint8_t { Found, Spared, Vain };
  Sweep evict_some(ThreadCache& cache, ClassId id, Hand hand, bool spares_accessed, base::Time now);
  Sight look_at(Ref ref, uint8_t bits, base::Time now) const noexcept;
  PageIndex start_draining(ClassId id, bool may_be_held, base::Time now);
  // True if a living item went.
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
  // A page that was emptied, the caller's with its budget, or kNoPage.
  PageIndex take_page_from_others(ThreadCache& cache, ClassId except, base::Time now);
  // Returns how many living items went.
  size_t drain_step(ThreadCache& cache, ClassId id, PageIndex page, base::Time now);
  struct DrainProgress {
    size_t held_count = 0;
    size_t left_count = 0;      // to the pool, before this step came to them
    PageIndex taken = kNoPage;  // the caller's, with its budget
  };
  DrainProgress drain_held_pages(ThreadCache& cache, base::Time now, bool takes_one);

  struct CrawlBudget {
    size_t reclaims_left;
    size_t checks_left;
  };
  void reclaim_due(ThreadCache& cache, base::Time now);
  void search_page(ThreadCache& cache, PageIndex page, base::Time now, CrawlBudget& budget);
  // The item, which is linked, has the exptime it has from now on.
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

  // Approximate: threads settle now and then.
  alignas(64) base::CountedAtomic<int64_t> item_count_{0};

  mutable base::CountedMutex threads_mutex_;
  std::vector<std::unique_ptr<ThreadCache>> threads_;  // guarded by threads_mutex_; only grows

  struct DrainingPage {
    ClassId id;
    PageIndex page;
    ClassId to = kNoClass;  // who gets it; kNoClass: who asks next
  };
  DuePages due_pages_;
  base::CountedAtomic<bool> crawls_{true};
  base::CountedMutex crawl_mutex_;
  std::vector<PageIndex> marked_pages_;  // guarded by crawl_mutex_: due, to be searched
  PageIndex crawl_position_ = 0;         // guarded by crawl_mutex_
  uint32_t flush_crawled_ = 0;           // guarded by crawl_mutex_: last_flushed() as last seen

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
