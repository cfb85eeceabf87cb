// The arena and its pages: hands pages out to classes and takes them back.
//
// Page 0 is never handed out, so that Ref 0 is no chunk.
//
// Threads: at() and page_of() are pure arithmetic; page() gives a descriptor whose fields the lock
// of its class guards; the rest locks the pool.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/counted_lock.h"
#include "slab/address_space.h"
#include "slab/item.h"
#include "slab/memory_budget.h"
#include "slab/options.h"
#include "slab/size_classes.h"

namespace larder::slab {

using PageIndex = uint32_t;
inline constexpr PageIndex kNoPage = 0;

// What its class knows of a page.
struct Page {
  Ref free_chunks = kNoRef;       // freed chunks, linked through their first bytes
  PageIndex ring_next = kNoPage;  // the class's pages in FIFO order
  PageIndex ring_previous = kNoPage;
  PageIndex partial_next = kNoPage;  // the class's pages with free or uncarved chunks
  PageIndex partial_previous = kNoPage;
  uint16_t free_count = 0;    // length of free_chunks
  uint16_t carved_count = 0;  // chunks handed out at least once; the rest was never touched
  bool is_partial = false;    // on the partial list
  bool is_draining = false;   // on neither list: leaves the class once all its chunks are back
  bool is_claimed = false;    // draining, and its last chunk leaves it to whoever drains it
  // Written under the lock of the class that gets or loses the page.  A class that reads its own
  // id here under its own lock knows that the page is its own.
  std::atomic<ClassId> class_id{kNoClass};

  // For a page on no list that leaves its class.
  void forget() noexcept {
    free_chunks = kNoRef;
    free_count = 0;
    carved_count = 0;
    is_draining = false;
    is_claimed = false;
    class_id.store(kNoClass, std::memory_order_relaxed);
  }
};

class PagePool {
 public:
  // `budget` outlives the pool.
  PagePool(const Options& options, MemoryBudget& budget);

  // False if the system refused the address space, or references cannot reach that much memory.
  bool is_usable() const noexcept {
    return page_space_.data() != nullptr && space_.size() >= 2 * kPageSize &&
           memory_bytes_reachable() >= budget_.limit();
  }
  unsigned granule_shift() const noexcept { return granule_shift_; }
  // What cache_memlimit can raise the limit to.
  size_t memory_bytes_reachable() const noexcept { return space_.size() - kPageSize; }

  char* at(Ref ref) const noexcept {
    return space_.data() + (static_cast<size_t>(ref) << granule_shift_);
  }
  Item* item_at(Ref ref) const noexcept { return reinterpret_cast<Item*>(at(ref)); }
  Piece* piece_at(Ref ref) const noexcept { return reinterpret_cast<Piece*>(at(ref)); }
  Ref ref_of(const void* chunk) const noexcept {
    const auto offset = static_cast<const char*>(chunk) - space_.data();
    return static_cast<Ref>(static_cast<size_t>(offset) >> granule_shift_);
  }
  PageIndex page_index_of(Ref ref) const noexcept { return ref >> (kPageShift - granule_shift_); }
  Page& page(PageIndex index) const noexcept { return pages_[index]; }
  Page& page_of(Ref ref) const noexcept { return pages_[page_index_of(ref)]; }
  Ref chunk_ref(PageIndex page, uint32_t chunk, uint32_t chunk_size) const noexcept {
    const size_t offset = (static_cast<size_t>(page) << kPageShift) + size_t{chunk} * chunk_size;
    return static_cast<Ref>(offset >> granule_shift_);
  }
  // Whether a reference read without a lock can be followed at all.
  bool is_plausible(Ref ref) const noexcept {
    const PageIndex index = page_index_of(ref);
    return index != kNoPage && index < page_count_max_;
  }

  // A page nobody uses, its budget taken, or kNoPage.
  PageIndex acquire();
  // The same for a caller who has just made a page come free: if a lowered limit is exceeded, the
  // page goes to the caller all the same.
  PageIndex acquire_in_exchange();
  // Takes a page back and gives its budget up.  `to_system`: its memory goes back at once;
  // otherwise it stays for the next acquire() or cool().
  void release(PageIndex page, bool to_system);
  // As release() to the system, but the page's budget stays taken and becomes the caller's.
  void exchange_for_budget(PageIndex page);
  // Makes the memory of pages present that will soon be handed out for the first time.  One thread
  // at a time.
  void touch_ahead();
  // Gives the memory of up to `count_max` unused pages back to the system.
  void cool(size_t count_max);

  size_t page_count_max() const noexcept { return page_count_max_; }
  // Pages from this index on were never handed out.
  PageIndex first_untouched() const;
  size_t pages_in_use() const;
  // Unused pages that were in use before: upstream calls this the global page pool.
  size_t spare_count() const;

 private:
  static unsigned choose_granule_shift(size_t memory_bytes_max);
  // With its budget taken, which is given back if there is no page.
  PageIndex take_page();
  void shelve(PageIndex page, bool to_system);

  MemoryBudget& budget_;
  const unsigned granule_shift_;
  AddressSpace space_;
  const PageIndex page_count_max_;
  AddressSpace page_space_;  // the descriptors
  Page* const pages_;

  mutable base::CountedMutex mutex_;
  std::vector<PageIndex> warm_spare_;  // guarded by mutex_: unused, their memory still there
  std::vector<PageIndex> spare_;       // guarded by mutex_: unused, their memory given back
  PageIndex first_untouched_ = 1;      // guarded by mutex_
  size_t pages_in_use_ = 0;            // guarded by mutex_
};

}  // namespace larder::slab
