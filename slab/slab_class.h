// One size class: its pages in FIFO order, its free chunks, and the hand that sweeps it.
//
// The queue is the order of pages and chunks (a clock): an item lies where the hand passed last,
// and is reached again when the hand has been everywhere else.  Nothing is ever moved.
//
// Threads: every method may be called from any thread; each takes the class's own lock for a
// bounded number of chunks and calls nothing that locks.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <span>
#include <vector>

#include "slab/page_pool.h"

namespace larder::slab {

// What the hand shall do with a chunk in use.
enum class Fate : uint8_t {
  Stays,
  MayGo,  // unless it was accessed
  Goes,   // it is dead
};

class SlabClass {
 public:
  struct Usage {
    size_t page_count = 0;
    size_t carved_count = 0;  // chunks handed out at least once
    size_t free_count = 0;    // of those, on a page's list
  };

  // Once, before any other call.  `pool` outlives the class.
  void open(ClassId id, uint32_t chunk_size, uint32_t chunks_per_page, PagePool& pool);

  uint32_t chunk_size() const noexcept { return chunk_size_; }
  uint32_t chunks_per_page() const noexcept { return chunks_per_page_; }

  // Up to out.size() unused chunks from the pages the class has.  Returns how many.
  size_t take_free(std::span<Ref> out);

  // Adds a page from the pool, to be swept last.
  void add_page(PageIndex page);

  // Gives chunks back to their pages.  A page whose last chunk this was leaves the class and is
  // released to the pool, if it is draining or the class has another page's worth of free chunks.
  void give_back(std::span<const Ref> chunks);

  // Moves the hand over up to `scan_max` chunks and writes the references of up to out.size()
  // candidates: items and pieces that `judge(Ref, state bits) -> Fate` lets go, but for items that
  // MayGo and were accessed since the hand's last visit: those lose one from their frequency and
  // stay.  The references are hints: whoever evicts checks them against the index.
  // If `must_yield` and nothing was found, an accessed one is written as well.
  template <class Judge>
  size_t sweep(std::span<Ref> out, uint32_t scan_max, bool must_yield, Judge judge);

  // If the item the hand reaches next is dead, as `judge` says, moves it up to the first that is
  // not and writes the references of the dead.
  template <class Judge>
  size_t sweep_dead(std::span<Ref> out, uint32_t scan_max, Judge judge);

  // Takes a page out of circulation: from then on it only gets chunks back, and leaves the class
  // with the last.  Of the page under the hand and the next few, the one with the fewest chunks for
  // which `is_accessed(Ref, state bits)` says yes; but none that is held, as long as there is
  // another: a chunk of it is neither free nor anything that `judge` lets go, but in a magazine, a
  // writer or a pin.
  // kNoPage if the class has none, or only held ones and `may_be_held` is false.
  template <class Judge, class IsAccessed>
  PageIndex start_draining(bool may_be_held, Judge judge, IsAccessed is_accessed);
  bool is_draining(PageIndex page);
  // What may still be linked in a draining page: calls visit(Ref) without the lock.
  template <class Visit>
  void for_each_chunk_of_draining(PageIndex page, Visit visit);

  // The item the hand will reach next, or kNoRef: a hint, as in sweep().
  Ref oldest_chunk();
  // All chunk references of the class, page by page, oldest page first: calls visit(Ref) -> bool
  // without the lock, until it returns false.  Pages that come or go meanwhile may be missed.
  template <class Visit>
  void for_each_chunk(Visit visit);

  // Chunks of a page that were handed out at least once; 0 if the page is another class's.
  uint32_t carved_count_of(PageIndex page);

  Usage usage();
  // Of one page that drains, which usage() leaves out.
  Usage usage_of_draining(PageIndex page);

  // How long the item evicted last had not been accessed, in seconds.
  std::atomic<uint32_t> evicted_idle_seconds{0};

 private:
  struct PageUse {
    bool is_held;
    uint32_t accessed_count;
  };
  template <class Judge, class IsAccessed>
  PageUse use_of(PageIndex index, Judge judge, IsAccessed is_accessed) const;
  PageIndex drain(PageIndex index);
  void withdraw(PageIndex index);  // from ring, partial list and usage
  void link_into_ring(PageIndex index);
  void unlink_from_ring(PageIndex index);
  void make_partial(PageIndex index);
  void unmake_partial(PageIndex index);
  size_t take_from_page(Page& page, PageIndex index, std::span<Ref> out);
  bool step_hand(Ref* chunk);  // false: the class has no page

  std::mutex mutex_;
  PagePool* pool_ = nullptr;
  uint32_t chunk_size_ = 0;
  uint32_t chunks_per_page_ = 0;
  ClassId id_ = kNoClass;

  PageIndex hand_page_ = kNoPage;  // the next page in the ring is the next oldest
  uint32_t hand_chunk_ = 0;
  PageIndex first_partial_ = kNoPage;
  Usage usage_;
};

template <class Judge>
size_t SlabClass::sweep(std::span<Ref> out, uint32_t scan_max, bool must_yield, Judge judge) {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  for (uint32_t scanned = 0; scanned < scan_max && count < out.size(); ++scanned) {
    Ref ref;
    if (!step_hand(&ref)) break;
    Item* item = pool_->item_at(ref);
    uint8_t bits = item->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) == 0) continue;
    const Fate fate = judge(ref, bits);
    if (fate == Fate::Stays) continue;
    if (fate == Fate::MayGo && state::frequency(bits) != 0) {
      // Fails if the chunk changed meanwhile, which is as good as an access.
      const auto fewer = static_cast<uint8_t>(bits - (1u << state::kFrequencyShift));
      item->state.compare_exchange_strong(bits, fewer, std::memory_order_relaxed);
      const bool is_last_chance = must_yield && count == 0 && scanned + out.size() >= scan_max;
      if (!is_last_chance) continue;
    }
    out[count++] = ref;
  }
  return count;
}

template <class Judge>
size_t SlabClass::sweep_dead(std::span<Ref> out, uint32_t scan_max, Judge judge) {
  std::lock_guard lock(mutex_);
  const PageIndex page_before = hand_page_;
  const uint32_t chunk_before = hand_chunk_;
  size_t count = 0;
  for (uint32_t scanned = 0; scanned < scan_max && count < out.size(); ++scanned) {
    Ref ref;
    if (!step_hand(&ref)) break;
    const uint8_t bits = pool_->item_at(ref)->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) == 0) continue;
    if (judge(ref, bits) != Fate::Goes) {
      --hand_chunk_;  // it stays the next to be looked at
      break;
    }
    out[count++] = ref;
  }
  if (count == 0) {
    hand_page_ = page_before;
    hand_chunk_ = chunk_before;
  }
  return count;
}

template <class Judge, class IsAccessed>
PageIndex SlabClass::start_draining(bool may_be_held, Judge judge, IsAccessed is_accessed) {
  constexpr size_t kPagesLookedAtMax = 8;
  std::lock_guard lock(mutex_);
  PageIndex best = kNoPage;
  uint32_t fewest = std::numeric_limits<uint32_t>::max();
  PageIndex index = hand_page_;
  for (size_t i = 0; i < std::min(kPagesLookedAtMax, usage_.page_count) && fewest != 0; ++i) {
    const PageUse use = use_of(index, judge, is_accessed);
    if (!use.is_held && use.accessed_count < fewest) {
      best = index;
      fewest = use.accessed_count;
    }
    index = pool_->page(index).ring_next;
  }
  if (best == kNoPage && may_be_held) best = hand_page_;
  return best == kNoPage ? kNoPage : drain(best);
}

template <class Judge, class IsAccessed>
SlabClass::PageUse SlabClass::use_of(PageIndex index, Judge judge, IsAccessed is_accessed) const {
  const Page& page = pool_->page(index);
  uint32_t accounted = page.free_count;
  uint32_t accessed_count = 0;
  for (uint32_t chunk = 0; chunk < page.carved_count; ++chunk) {
    const Ref ref = pool_->chunk_ref(index, chunk, chunk_size_);
    const uint8_t bits = pool_->item_at(ref)->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) == 0 || judge(ref, bits) == Fate::Stays) continue;
    ++accounted;
    if (is_accessed(ref, bits)) ++accessed_count;
  }
  return {accounted < page.carved_count, accessed_count};
}

template <class Visit>
void SlabClass::for_each_chunk(Visit visit) {
  std::vector<PageIndex> pages;
  {
    std::lock_guard lock(mutex_);
    PageIndex index = hand_page_;
    for (size_t i = 0; i < usage_.page_count && index != kNoPage; ++i) {
      pages.push_back(index);
      index = pool_->page(index).ring_next;
    }
  }
  for (const PageIndex index : pages) {
    uint32_t carved;
    {
      std::lock_guard lock(mutex_);
      const Page& page = pool_->page(index);
      if (page.class_id.load(std::memory_order_relaxed) != id_) continue;
      carved = page.carved_count;
    }
    for (uint32_t chunk = 0; chunk < carved; ++chunk) {
      if (!visit(pool_->chunk_ref(index, chunk, chunk_size_))) return;
    }
  }
}

template <class Visit>
void SlabClass::for_each_chunk_of_draining(PageIndex index, Visit visit) {
  uint32_t carved = 0;
  {
    std::lock_guard lock(mutex_);
    const Page& page = pool_->page(index);
    if (page.class_id.load(std::memory_order_relaxed) == id_ && page.is_draining) {
      carved = page.carved_count;
    }
  }
  for (uint32_t chunk = 0; chunk < carved; ++chunk) {
    visit(pool_->chunk_ref(index, chunk, chunk_size_));
  }
}

}  // namespace larder::slab
