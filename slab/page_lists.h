// The two lists of a class's pages: the ring that its hands go round, and the pages that have
// unused chunks.  Both are linked through the page descriptors.
//
// Threads: those of the class that owns them, under its lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slab/page_pool.h"

namespace larder::slab {

// Which hand sweeps.
enum class Hand : uint8_t { Small, Main };

// The pages in FIFO order, and the two hands that go round over their chunks.
class PageRing {
 public:
  // What a hand reaches next.  The next page in the ring is the next oldest.
  struct Position {
    PageIndex page = kNoPage;
    uint32_t chunk = 0;
  };

  const Position& position(Hand hand) const noexcept {
    return hand == Hand::Small ? small_hand_ : main_hand_;
  }
  // The page under the main hand, with which a walk over all pages begins; kNoPage if there is
  // none.
  PageIndex first() const noexcept { return main_hand_.page; }
  size_t size() const noexcept { return size_; }

  // Links a page so that the main hand reaches it last.
  void add(PageIndex page, const PagePool& pool) noexcept;
  // A hand in the page moves to the next one.
  void remove(PageIndex page, const PagePool& pool) noexcept;

  // Moves a hand over the next chunk that was ever handed out.  Returns false if there is none.
  bool step(Hand hand, const PagePool& pool, uint32_t chunk_size, Ref* chunk) noexcept;
  // Undoes the last step of a hand.  Precondition: there was one, and no page has been removed.
  void step_back(Hand hand) noexcept { --at(hand).chunk; }
  void put_back(Hand hand, const Position& position) noexcept { at(hand) = position; }

 private:
  Position& at(Hand hand) noexcept { return hand == Hand::Small ? small_hand_ : main_hand_; }

  Position main_hand_;
  Position small_hand_;
  size_t size_ = 0;
};

// The pages with freed chunks, or chunks that were never handed out.
class PartialPages {
 public:
  PageIndex first() const noexcept { return first_; }  // kNoPage: none
  // Each does nothing if the page is on the list, or not on it.
  void add(PageIndex page, const PagePool& pool) noexcept;
  void remove(PageIndex page, const PagePool& pool) noexcept;

 private:
  PageIndex first_ = kNoPage;
};

}  // namespace larder::slab
