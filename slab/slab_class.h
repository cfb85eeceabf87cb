// One size class: its pages in FIFO order, its free chunks, and the two hands that sweep it.
//
// It is S3-FIFO (Yang et al., SOSP 2023) on one ring.  The order of pages and chunks is the order
// of both queues, and a bit of the item says in which of them it is, so nothing is ever moved.  The
// small hand evicts from the small queue what was not accessed since it came, and promotes the
// rest; it passes by the main queue.  The main hand is a clock: it counts down what was accessed,
// and evicts what has no count left.  The small hand moves while the small queue holds more than
// its share of the chunks; how much that is both hands see on their way.
//
// Threads: every method may be called from any thread; each takes the class's own lock for a
// bounded number of chunks and calls nothing that locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/counted_lock.h"
#include "slab/page_lists.h"
#include "slab/page_pool.h"

namespace larder::slab {

// What a hand shall do with a chunk in use.
enum class Fate : uint8_t {
  Stays,
  MayGo,  // unless it was accessed, or is not in the hand's queue
  Goes,   // it is dead
};

// What a hand sees: of a piece, what its item's state says.
struct Sight {
  Fate fate = Fate::Stays;
  uint8_t bits = 0;
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

  // Adds a page, which is swept last, and takes up to out.size() of its chunks before any other
  // thread can.  Returns how many: at least one, if one was asked for.
  size_t add_page(PageIndex page, std::span<Ref> out = {});

  // Gives chunks back to their pages.  A page whose last chunk this was leaves the class and is
  // released to the pool, if it is draining or the class has another page's worth of free chunks.
  void give_back(std::span<const Ref> chunks);

  // Whose turn it is.
  Hand next_hand();

  // Moves a hand over up to `scan_max` chunks and writes the references of up to out.size()
  // candidates: items and pieces that `look(Ref, state bits) -> Sight` lets go, but for items that
  // MayGo and were accessed: the small hand promotes those, the main hand takes one from their
  // frequency.  What is accessed and chained is spared as it is, and a piece is a candidate even
  // so: a large item's state may only be changed with its bucket locked.  The references are hints:
  // whoever evicts checks them against the index.  If the main hand `must_yield` and found nothing,
  // an accessed one is written as well.  *is_vain (if not null): whether every chunk stays.
  template <class Look>
  size_t sweep(Hand hand, std::span<Ref> out, uint32_t scan_max, bool must_yield, Look look,
               bool* is_vain = nullptr);

  // If the item the main hand reaches next is dead, as `look` says, moves it up to the first that
  // is not and writes the references of the dead.
  template <class Look>
  size_t sweep_dead(std::span<Ref> out, uint32_t scan_max, Look look);

  // Takes a page out of circulation: from then on it only gets chunks back, and leaves the class
  // with the last.  Of the page under the main hand and the next few, the one whose items were
  // accessed least; but none that is held, as long as there is another: a chunk of it is
  // neither free nor anything that `look` lets go, but in a magazine, a writer or a pin.
  // kNoPage if the class has none, or only held ones and `may_be_held` is false.
  // The page is the caller's to take until take_drained() was called.
  template <class Look>
  PageIndex start_draining(bool may_be_held, Look look);
  // True if all chunks of a draining page are back: then it has left the class, and is the caller's
  // with its budget.  Otherwise it is nobody's any more, and goes to the pool with its last chunk.
  // Precondition: start_draining() or claim() gave the page to the caller.
  bool take_drained(PageIndex page);
  // Makes a draining page the caller's to take.  False if it has left, or is another caller's.
  bool claim(PageIndex page);
  bool is_draining(PageIndex page);
  // What may still be linked in a draining page: calls visit(Ref) without the lock.
  template <class Visit>
  void for_each_chunk_of_draining(PageIndex page, Visit visit);

  // The item the main hand will reach next, or kNoRef: a hint, as in sweep().
  Ref oldest_chunk();
  // Calls visit(Ref, state bits) under the lock for some `count` chunks in use of the page that
  // start_draining() would look at first, and returns how many are in use there.
  template <class Visit>
  uint32_t sample_next_page(uint32_t count, Visit visit);
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
  base::CountedAtomic<uint32_t> evicted_idle_seconds{0};

 private:
  struct PageUse {
    bool is_held;
    uint32_t access_count;  // of its items together, as far as they are counted
  };

  template <class Look>
  PageUse use_of(PageIndex index, Look look) const;
  PageIndex drain(PageIndex index);
  void withdraw(PageIndex index);  // from both lists and from usage()
  size_t take_from_page(Page& page, PageIndex index, std::span<Ref> out);
  void note_queue(bool is_small) noexcept;

  base::CountedMutex mutex_;
  PagePool* pool_ = nullptr;
  uint32_t chunk_size_ = 0;
  uint32_t chunks_per_page_ = 0;
  ClassId id_ = kNoClass;

  PageRing ring_;
  PartialPages partial_;
  // What part of the chunks in use is in the small queue, as the hands saw it lately.
  static constexpr uint32_t kWhole = 1u << 16;
  uint32_t small_part_ = kWhole;
  size_t carved_count_ = 0;
  size_t free_count_ = 0;
};

}  // namespace larder::slab

#include "slab/slab_class_inline.h"
