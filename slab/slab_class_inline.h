// The parts of SlabClass that are compiled into their callers.  Include "slab/slab_class.h"
// instead.
#pragma once

#include <algorithm>
#include <limits>
#include <mutex>
#include <vector>

#include "slab/slab_class.h"

namespace larder::slab {

template <class Look>
size_t SlabClass::sweep(Hand hand, std::span<Ref> out, uint32_t scan_max, bool must_yield,
                        Look look, bool* is_vain) {
  constexpr uint32_t kPrefetchedChunks = 6;
  std::lock_guard lock(mutex_);
  size_t count = 0;
  bool all_stay = true;
  for (uint32_t scanned = 0; scanned < scan_max && count < out.size(); ++scanned) {
    Ref ref;
    if (!ring_.step(hand, *pool_, chunk_size_, &ref)) break;
    __builtin_prefetch(pool_->at(ref) + size_t{kPrefetchedChunks} * chunk_size_);
    Item* item = pool_->item_at(ref);
    uint8_t bits = item->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) == 0) continue;
    const Sight sight = look(ref, bits);
    if (sight.fate == Fate::Stays) continue;
    all_stay = false;
    if (sight.fate == Fate::MayGo) {
      const bool is_small = (sight.bits & state::kMain) == 0;
      note_queue(is_small);
      if (hand == Hand::Small && !is_small) continue;
      if (state::frequency(sight.bits) != 0 && (bits & state::kPiece) == 0) {
        const bool is_last_chance =
            hand == Hand::Main && must_yield && count == 0 && scanned + out.size() >= scan_max;
        if ((bits & state::kChained) == 0) {
          // Fails if the chunk changed meanwhile, which is as good as an access.
          const uint8_t spared = hand == Hand::Small ? static_cast<uint8_t>(bits | state::kMain)
                                                     : state::one_less(bits);
          item->state.compare_exchange_strong(bits, spared, std::memory_order_relaxed);
        }
        if (!is_last_chance) continue;
      }
    }
    out[count++] = ref;
  }
  if (is_vain != nullptr) *is_vain = all_stay;
  return count;
}

template <class Look>
size_t SlabClass::sweep_dead(std::span<Ref> out, uint32_t scan_max, Look look) {
  std::lock_guard lock(mutex_);
  const PageRing::Position before = ring_.position(Hand::Main);
  size_t count = 0;
  for (uint32_t scanned = 0; scanned < scan_max && count < out.size(); ++scanned) {
    Ref ref;
    if (!ring_.step(Hand::Main, *pool_, chunk_size_, &ref)) break;
    const uint8_t bits = pool_->item_at(ref)->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) == 0) continue;
    if (look(ref, bits).fate != Fate::Goes) {
      ring_.step_back(Hand::Main);  // it stays the next to be looked at
      break;
    }
    out[count++] = ref;
  }
  if (count == 0) ring_.put_back(Hand::Main, before);
  return count;
}

template <class Look>
PageIndex SlabClass::start_draining(bool may_be_held, Look look) {
  constexpr size_t kPagesLookedAtMax = 8;
  std::lock_guard lock(mutex_);
  PageIndex best = kNoPage;
  uint32_t fewest = std::numeric_limits<uint32_t>::max();
  PageIndex index = ring_.first();
  for (size_t i = 0; i < std::min(kPagesLookedAtMax, ring_.size()) && fewest != 0; ++i) {
    const PageUse use = use_of(index, look);
    if (!use.is_held && use.access_count < fewest) {
      best = index;
      fewest = use.access_count;
    }
    index = pool_->page(index).ring_next;
  }
  if (best == kNoPage && may_be_held) best = ring_.first();
  return best == kNoPage ? kNoPage : drain(best);
}

template <class Look>
SlabClass::PageUse SlabClass::use_of(PageIndex index, Look look) const {
  const Page& page = pool_->page(index);
  uint32_t accounted = page.free_count;
  uint32_t access_count = 0;
  for (uint32_t chunk = 0; chunk < page.carved_count; ++chunk) {
    const Ref ref = pool_->chunk_ref(index, chunk, chunk_size_);
    const uint8_t bits = pool_->item_at(ref)->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) == 0) continue;
    const Sight sight = look(ref, bits);
    if (sight.fate == Fate::Stays) continue;
    ++accounted;
    access_count += state::frequency(sight.bits);
  }
  return {accounted < page.carved_count, access_count};
}

template <class Visit>
uint32_t SlabClass::sample_next_page(uint32_t count, Visit visit) {
  std::lock_guard lock(mutex_);
  const PageIndex index = ring_.first();
  if (index == kNoPage) return 0;
  const Page& page = pool_->page(index);
  const uint32_t stride = std::max(page.carved_count / count, 1u);
  for (uint32_t chunk = 0; chunk < page.carved_count; chunk += stride) {
    const Ref ref = pool_->chunk_ref(index, chunk, chunk_size_);
    const uint8_t bits = pool_->item_at(ref)->state.load(std::memory_order_relaxed);
    if ((bits & state::kInUse) != 0) visit(ref, bits);
  }
  return static_cast<uint32_t>(page.carved_count - page.free_count);
}

template <class Visit>
void SlabClass::for_each_chunk(Visit visit) {
  std::vector<PageIndex> pages;
  {
    std::lock_guard lock(mutex_);
    PageIndex index = ring_.first();
    for (size_t i = 0; i < ring_.size() && index != kNoPage; ++i) {
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
