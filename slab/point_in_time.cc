#include "slab/point_in_time.h"

#include <algorithm>
#include <cstring>

#include "base/assertions.h"

namespace larder::slab {

PointInTime::PointInTime(size_t memory_bytes_max, Colour& colour) noexcept
    : colour_(colour),
      memory_bound_(std::clamp(memory_bytes_max / 32, size_t{4} << 20, size_t{1} << 30)) {}

PointInTime::Claim PointInTime::claim(const Item& item) noexcept {
  if (!colour_.saves() || !was_alive(item)) return Claim::NotWanted;
  const size_t size = size_of(item);
  const size_t bytes = claimed_bytes_.fetch_add(size, std::memory_order_relaxed) + size;
  const size_t count = claimed_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (bytes <= memory_bound_ && count <= kRetiredMax) return Claim::Taken;
  released(size);
  return Claim::NoRoom;
}

void PointInTime::retire(Ref ref) noexcept {
  const bool has_room = retired_->push(ref);  // there are no more than claims
  ASSERT(has_room);
}

void PointInTime::released(size_t size) noexcept {
  claimed_bytes_.fetch_sub(size, std::memory_order_relaxed);
  claimed_.fetch_sub(1, std::memory_order_release);
}

void PointInTime::copy_before_change(Item* item) noexcept {
  if (!colour_.saves() || !was_alive(*item)) return;
  PreImage* copy = nullptr;
  if (!free_copies_->pop(&copy)) {
    count_relaxed();
    return;  // the item keeps its colour, so the walk finds it as it is then
  }
  copy->exptime = item->exptime.load(std::memory_order_relaxed);
  copy->stamp = item->stamp.load(std::memory_order_relaxed);
  copy->flags = item->flags();
  copy->cas = item->cas();
  copy->value_size = item->value_size;
  copy->key_size = item->key_size;
  copy->state = item->state.load(std::memory_order_relaxed);
  copy->traits = item->traits;
  std::memcpy(copy->key, item->key().data(), item->key_size);
  if (item->is_large()) {
    item->pins().fetch_add(1, std::memory_order_relaxed);
    copy->pinned = item;
    copy->pins = &item->pins();
    copy->place = item->value_place();
  } else {
    copy->pinned = nullptr;
    std::memcpy(copy->value, item->value(), item->value_size);
  }
  item->traits ^= trait::kColour;
  const bool has_room = full_copies_->push(copy);  // it holds all copies there are
  ASSERT(has_room);
}

void PointInTime::count_evicted(const Item& item) noexcept {
  if (colour_.saves() && was_alive(item)) evicted_.fetch_add(1, std::memory_order_relaxed);
}

bool PointInTime::begin(base::Time now, uint32_t flushed) {
  if (is_under_way_.exchange(true, std::memory_order_acquire)) return false;
  if (retired_ == nullptr) {
    retired_ = std::make_unique<BoundedQueue<Ref>>(kRetiredMax);
    copies_ = std::make_unique<PreImage[]>(kCopiesMax);
    free_copies_ = std::make_unique<BoundedQueue<PreImage*>>(kCopiesMax);
    full_copies_ = std::make_unique<BoundedQueue<PreImage*>>(kCopiesMax);
    for (size_t i = 0; i < kCopiesMax; ++i) free_copies_->push(&copies_[i]);
  }
  relaxed_.store(0, std::memory_order_relaxed);
  evicted_.store(0, std::memory_order_relaxed);
  moment_ = now;
  flushed_ = flushed;
  colour_.flip_and_save();
  return true;
}

void PointInTime::end() noexcept {
  stop_saving();
  is_under_way_.store(false, std::memory_order_release);
}

PreImage* PointInTime::take_copy() noexcept {
  PreImage* copy = nullptr;
  return full_copies_->pop(&copy) ? copy : nullptr;
}

}  // namespace larder::slab
