#include "slab/point_in_time.h"

#include <algorithm>

namespace larder::slab {

PointInTime::PointInTime(size_t memory_bytes_max)
    : memory_bound_(std::clamp(memory_bytes_max / 32, size_t{4} << 20, size_t{1} << 30)) {}

bool PointInTime::retire(Item* item, Ref ref, size_t size, bool* is_lost) noexcept {
  *is_lost = false;
  if ((word() & kSaves) == 0 || !was_alive(*item)) return false;
  const size_t before = retired_bytes_.fetch_add(size, std::memory_order_relaxed);
  if (before + size <= memory_bound_ && retired_->push(ref)) return true;
  retired_bytes_.fetch_sub(size, std::memory_order_relaxed);
  *is_lost = true;
  return false;
}

void PointInTime::copy_before_change(Item* item) noexcept {
  if ((word() & kSaves) == 0 || !was_alive(*item)) return;
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
  } else {
    copy->pinned = nullptr;
    std::memcpy(copy->value, item->value(), item->value_size);
  }
  item->traits ^= trait::kColour;
  full_copies_->push(copy);  // has room for all copies
}

void PointInTime::count_evicted(const Item& item) noexcept {
  if ((word() & kSaves) != 0 && was_alive(item)) evicted_.fetch_add(1, std::memory_order_relaxed);
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
  const uint8_t before = word_.load(std::memory_order_relaxed);
  word_.store((before ^ trait::kColour) | kSaves, std::memory_order_seq_cst);
  return true;
}

void PointInTime::stop_saving() noexcept {
  const uint8_t before = word_.load(std::memory_order_relaxed);
  word_.store(before & static_cast<uint8_t>(~kSaves), std::memory_order_release);
}

void PointInTime::end() noexcept {
  stop_saving();
  is_under_way_.store(false, std::memory_order_release);
}

PreImage* PointInTime::take_copy() noexcept {
  PreImage* copy = nullptr;
  return full_copies_->pop(&copy) ? copy : nullptr;
}

void PointInTime::give_back(PreImage* copy) noexcept { free_copies_->push(copy); }

}  // namespace larder::slab
