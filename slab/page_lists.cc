#include "slab/page_lists.h"

namespace larder::slab {

void PageRing::add(PageIndex index, const PagePool& pool) noexcept {
  ++size_;
  Page& page = pool.page(index);
  if (main_hand_.page == kNoPage) {
    page.ring_next = page.ring_previous = index;
    main_hand_ = small_hand_ = {index, 0};
    return;
  }
  Page& after = pool.page(main_hand_.page);
  page.ring_next = main_hand_.page;
  page.ring_previous = after.ring_previous;
  pool.page(page.ring_previous).ring_next = index;
  after.ring_previous = index;
}

void PageRing::remove(PageIndex index, const PagePool& pool) noexcept {
  --size_;
  Page& page = pool.page(index);
  const PageIndex next = page.ring_next != index ? page.ring_next : kNoPage;
  pool.page(page.ring_previous).ring_next = page.ring_next;
  pool.page(page.ring_next).ring_previous = page.ring_previous;
  if (main_hand_.page == index) main_hand_ = {next, 0};
  if (small_hand_.page == index) small_hand_ = {next, 0};
  page.ring_next = page.ring_previous = kNoPage;
}

bool PageRing::step(Hand hand, const PagePool& pool, uint32_t chunk_size, Ref* chunk) noexcept {
  Position& position = at(hand);
  for (size_t pages_left = size_ + 1; pages_left > 0; --pages_left) {
    if (position.page == kNoPage) return false;
    const Page& page = pool.page(position.page);
    if (position.chunk < page.carved_count) {
      *chunk = pool.chunk_ref(position.page, position.chunk++, chunk_size);
      return true;
    }
    position = {page.ring_next, 0};
  }
  return false;
}

void PartialPages::add(PageIndex index, const PagePool& pool) noexcept {
  Page& page = pool.page(index);
  if (page.is_partial) return;
  page.is_partial = true;
  page.partial_previous = kNoPage;
  page.partial_next = first_;
  if (first_ != kNoPage) pool.page(first_).partial_previous = index;
  first_ = index;
}

void PartialPages::remove(PageIndex index, const PagePool& pool) noexcept {
  Page& page = pool.page(index);
  if (!page.is_partial) return;
  page.is_partial = false;
  if (page.partial_previous == kNoPage) {
    first_ = page.partial_next;
  } else {
    pool.page(page.partial_previous).partial_next = page.partial_next;
  }
  if (page.partial_next != kNoPage) {
    pool.page(page.partial_next).partial_previous = page.partial_previous;
  }
}

}  // namespace larder::slab
