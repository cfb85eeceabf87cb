#include "server/insight/miniature_class.h"

#include <algorithm>
#include <bit>

#include "base/assertions.h"

namespace larder::server {

uint32_t MiniatureClass::add(uint32_t key, uint8_t bits) {
  uint32_t number = free_;
  if (number != kNone) {
    free_ = chunks_[number].next;
  } else {
    // Grows by an eighth at a time, because the memory of all classes together is limited.
    constexpr size_t kGrowthDivisor = 8;
    constexpr size_t kGrowthMin = 16;
    if (chunks_.size() == chunks_.capacity()) {
      chunks_.reserve(chunks_.size() + std::max(kGrowthMin, chunks_.size() / kGrowthDivisor));
    }
    number = length();
    chunks_.emplace_back();
  }
  chunks_[number] = {.key = key & kPlaceMask, .bits = bits, .next = kNowhere};
  ++count_;
  return number;
}

void MiniatureClass::remove(uint32_t number) {
  DEBUG_ASSERT(chunks_[number].bits != 0);
  chunks_[number] = {.key = 0, .bits = 0, .next = free_};
  free_ = number;
  --count_;
  if (count_ > 0) return;
  std::vector<Chunk>().swap(chunks_);
  free_ = kNone;
  main_hand_ = small_hand_ = 0;
}

slab::Hand MiniatureClass::next_hand(double shortest) const noexcept {
  const double in_use = std::max<double>(count_, 1);
  const double share = std::max(in_use / slab::kSmallQueueDivisor, shortest);
  return small_part_ * in_use > share * kWhole ? slab::Hand::Small : slab::Hand::Main;
}

uint32_t MiniatureClass::step(slab::Hand hand) noexcept {
  DEBUG_ASSERT(count_ > 0);
  uint32_t& position = hand == slab::Hand::Small ? small_hand_ : main_hand_;
  for (;;) {
    if (position >= length()) position = 0;
    const uint32_t number = position++;
    if (chunks_[number].bits != 0) return number;
  }
}

// As in slab::SlabClass: an average over about a sixteenth of the class.
void MiniatureClass::note_queue(bool is_small) noexcept {
  const auto shift = std::clamp(static_cast<int>(std::bit_width(count_)) - 4, 2, 10);
  const uint32_t seen = is_small ? kWhole : 0;
  small_part_ += (seen >> shift) - (small_part_ >> shift);
}

}  // namespace larder::server
