#include "slab/slab_class.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/assertions.h"

namespace larder::slab {

void SlabClass::open(ClassId id, uint32_t chunk_size, uint32_t chunks_per_page, PagePool& pool) {
  id_ = id;
  chunk_size_ = chunk_size;
  chunks_per_page_ = chunks_per_page;
  pool_ = &pool;
}

size_t SlabClass::take_free(std::span<Ref> out) {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  while (count < out.size() && partial_.first() != kNoPage) {
    const PageIndex index = partial_.first();
    Page& page = pool_->page(index);
    count += take_from_page(page, index, out.subspan(count));
  }
  return count;
}

// Freed chunks first: they are more likely to be in a cache than those never touched.
size_t SlabClass::take_from_page(Page& page, PageIndex index, std::span<Ref> out) {
  size_t count = 0;
  while (count < out.size() && page.free_count > 0) {
    const Ref ref = page.free_chunks;
    std::memcpy(&page.free_chunks, pool_->at(ref), sizeof(Ref));
    --page.free_count;
    --free_count_;
    out[count++] = ref;
  }
  while (count < out.size() && page.carved_count < chunks_per_page_) {
    const Ref ref = pool_->chunk_ref(index, page.carved_count, chunk_size_);
    pool_->item_at(ref)->state.store(0, std::memory_order_relaxed);
    ++page.carved_count;
    ++carved_count_;
    out[count++] = ref;
  }
  if (page.free_count == 0 && page.carved_count == chunks_per_page_) partial_.remove(index, *pool_);
  return count;
}

size_t SlabClass::add_page(PageIndex index, std::span<Ref> out) {
  std::lock_guard lock(mutex_);
  Page& page = pool_->page(index);
  page.class_id.store(id_, std::memory_order_relaxed);
  ring_.add(index, *pool_);
  partial_.add(index, *pool_);
  return take_from_page(page, index, out);
}

void SlabClass::give_back(std::span<const Ref> chunks) {
  std::lock_guard lock(mutex_);
  for (const Ref ref : chunks) {
    const PageIndex index = pool_->page_index_of(ref);
    Page& page = pool_->page(index);
    DEBUG_ASSERT(page.class_id.load(std::memory_order_relaxed) == id_);
    std::memcpy(pool_->at(ref), &page.free_chunks, sizeof(Ref));
    page.free_chunks = ref;
    ++page.free_count;
    const bool is_unused = page.free_count == page.carved_count;
    if (page.is_draining) {
      if (is_unused && !page.is_claimed) pool_->release(index, true);
      continue;
    }
    ++free_count_;
    partial_.add(index, *pool_);
    if (is_unused && free_count_ >= chunks_per_page_ + page.free_count) {
      withdraw(index);
      pool_->release(index, false);
    }
  }
}

PageIndex SlabClass::drain(PageIndex index) {
  Page& page = pool_->page(index);
  withdraw(index);
  page.is_draining = true;
  page.is_claimed = true;
  return index;
}

bool SlabClass::take_drained(PageIndex index) {
  std::lock_guard lock(mutex_);
  Page& page = pool_->page(index);
  DEBUG_ASSERT(page.class_id.load(std::memory_order_relaxed) == id_ && page.is_claimed);
  if (page.free_count < page.carved_count) {
    page.is_claimed = false;
    return false;
  }
  page.forget();
  return true;
}

bool SlabClass::claim(PageIndex index) {
  std::lock_guard lock(mutex_);
  Page& page = pool_->page(index);
  if (page.class_id.load(std::memory_order_relaxed) != id_ || !page.is_draining) return false;
  return !std::exchange(page.is_claimed, true);
}

void SlabClass::withdraw(PageIndex index) {
  const Page& page = pool_->page(index);
  ring_.remove(index, *pool_);
  partial_.remove(index, *pool_);
  carved_count_ -= page.carved_count;
  free_count_ -= page.free_count;
}

uint32_t SlabClass::carved_count_of(PageIndex index) {
  std::lock_guard lock(mutex_);
  const Page& page = pool_->page(index);
  return page.class_id.load(std::memory_order_relaxed) == id_ ? page.carved_count : 0;
}

bool SlabClass::is_draining(PageIndex index) {
  std::lock_guard lock(mutex_);
  const Page& page = pool_->page(index);
  return page.class_id.load(std::memory_order_relaxed) == id_ && page.is_draining;
}

Ref SlabClass::oldest_chunk() {
  std::lock_guard lock(mutex_);
  auto [index, chunk] = ring_.position(Hand::Main);
  for (uint32_t looked = 0; index != kNoPage && looked < 2 * chunks_per_page_; ++looked) {
    const Page& page = pool_->page(index);
    if (chunk >= page.carved_count) {
      index = page.ring_next;
      chunk = 0;
      continue;
    }
    const Ref ref = pool_->chunk_ref(index, chunk++, chunk_size_);
    if (pool_->item_at(ref)->state.load(std::memory_order_relaxed) & state::kLinked) return ref;
  }
  return kNoRef;
}

SlabClass::Usage SlabClass::usage() {
  std::lock_guard lock(mutex_);
  return {ring_.size(), carved_count_, free_count_};
}

SlabClass::Usage SlabClass::usage_of_draining(PageIndex index) {
  std::lock_guard lock(mutex_);
  const Page& page = pool_->page(index);
  if (page.class_id.load(std::memory_order_relaxed) != id_ || !page.is_draining) return {};
  return {.page_count = 1, .carved_count = page.carved_count, .free_count = page.free_count};
}

Hand SlabClass::next_hand() {
  std::lock_guard lock(mutex_);
  const size_t in_use = std::max<size_t>(carved_count_ - free_count_, 1);
  const size_t share = std::max<size_t>(in_use / kSmallQueueDivisor, kSmallQueueChunksMin);
  return small_part_ * in_use > share * kWhole ? Hand::Small : Hand::Main;
}

// An average over about a sixteenth of the class, so that it follows what the hands do.
void SlabClass::note_queue(bool is_small) noexcept {
  const auto shift = std::clamp(static_cast<int>(std::bit_width(carved_count_)) - 4, 2, 10);
  const uint32_t seen = is_small ? kWhole : 0;
  small_part_ += (seen >> shift) - (small_part_ >> shift);
}

}  // namespace larder::slab
