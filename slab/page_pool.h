// The arena and its pages: assigns pages to classes and takes them back.
//
// Page 0 is never assigned, so that Ref 0 is not a valid chunk.
//
// Threads: at() and page_of() are pure arithmetic; page() returns a descriptor whose fields are
// guarded by the lock of its class; the other methods lock the pool.
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

// The descriptor of a page.
struct Page {
  Ref free_chunks = kNoRef;       // freed chunks, linked through their first bytes
  PageIndex ring_next = kNoPage;  // the class's pages in FIFO order
  PageIndex ring_previous = kNoPage;
  PageIndex partial_next = kNoPage;  // the class's pages with free or uncarved chunks
  PageIndex partial_previous = kNoPage;
  uint16_t free_count = 0;    // length of free_chunks
  uint16_t carved_count = 0;  // chunks handed out at least once; the others were never touched
  bool is_partial = false;    // on the partial list
  bool is_draining = false;   // on neither list; leaves the class when all its chunks are back
  bool is_claimed = false;    // draining; when its last chunk is back, the draining thread gets it
  // Written under the lock of the class that gets or loses the page.  A class that reads its own
  // id here under its own lock owns the page.
  std::atomic<ClassId> class_id{kNoClass};

  // Resets the descriptor of a page that leaves its class and is on no list.
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

  // False if the system refused the address space or references cannot address that much memory.
  bool is_usable() const noexcept {
    return page_space_.data() != nullptr && space_.size() >= 2 * kPageSize &&
           memory_bytes_reachable() >= budget_.limit();
  }
  unsigned granule_shift() const noexcept { return granule_shift_; }
  // The maximum for cache_memlimit.
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
  // Whether a reference that was read without a lock may be dereferenced.
  bool is_plausible(Ref ref) const noexcept {
    const PageIndex index = page_index_of(ref);
    return index != kNoPage && index < page_count_max_;
  }

  // Takes an unused page and charges the budget for it; kNoPage if there is none.
  PageIndex acquire();
  // The same for a caller that has just freed a page: the caller gets a page even if a lowered
  // limit is exceeded.
  PageIndex acquire_in_exchange();
  // Takes a page back and credits the budget.  With `to_system` its memory is returned to the
  // system at once; otherwise it is kept for the next acquire() or cool().
  void release(PageIndex page, bool to_system);
  // Like release() to the system, but the budget stays charged, on behalf of the caller.
  void exchange_for_budget(PageIndex page);
  // Allocates the memory of pages in advance that will soon be used for the first time.  One thread
  // at a time.
  void touch_ahead();
  // Returns the memory of up to `count_max` unused pages to the system.
  void cool(size_t count_max);

  size_t page_count_max() const noexcept { return page_count_max_; }
  // Pages from this index on were never used.
  PageIndex first_untouched() const;
  size_t pages_in_use() const;
  // Unused pages that were in use before; memcached calls this the global page pool.
  size_t spare_count() const;

 private:
  static unsigned choose_granule_shift(size_t memory_bytes_max);
  // Precondition: the budget is charged for the page.  Credits it if there is no page.
  PageIndex take_page();
  void shelve(PageIndex page, bool to_system);

  MemoryBudget& budget_;
  const unsigned granule_shift_;
  AddressSpace space_;
  const PageIndex page_count_max_;
  AddressSpace page_space_;  // the descriptors
  Page* const pages_;

  mutable base::CountedMutex mutex_;
  std::vector<PageIndex> warm_spare_;  // guarded by mutex_: unused, memory still allocated
  std::vector<PageIndex> spare_;       // guarded by mutex_: unused, memory returned to the system
  PageIndex first_untouched_ = 1;      // guarded by mutex_
  size_t pages_in_use_ = 0;            // guarded by mutex_
};

}  // namespace larder::slab
