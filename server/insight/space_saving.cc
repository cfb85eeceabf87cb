#include "server/insight/space_saving.h"

#include <bit>

#include "base/assertions.h"

namespace larder::server {
namespace {

// Below this value counts are meaningless, and would become denormal numbers, which are slow.
constexpr double kNegligible = 1e-9;

}  // namespace

SpaceSaving::SpaceSaving(uint32_t capacity)
    : capacity_(capacity),
      counted_(capacity),
      place_of_(capacity),
      first_by_hash_(std::bit_ceil(size_t{2} * capacity), kNone) {
  heap_.reserve(capacity);
}

void SpaceSaving::add(std::string_view key, uint64_t hash, double weight) noexcept {
  DEBUG_ASSERT(key.size() <= slab::kKeySizeMax);
  total_ += weight;
  if (const uint32_t found = find(key, hash); found != kNone) {
    heap_[place_of_[found]].count += weight;
    return sink(place_of_[found]);
  }
  const bool is_full = heap_.size() == capacity_;
  const auto number = is_full ? heap_.front().number : static_cast<uint32_t>(heap_.size());
  Counted& one = counted_[number];
  if (is_full) {
    unlink(number);
    one.error = heap_.front().count;
  } else {
    one.error = 0;
  }
  one.hash = hash;
  one.key_size = static_cast<uint8_t>(key.copy(one.key, slab::kKeySizeMax));
  one.next = first_of(hash);
  first_of(hash) = number;
  if (is_full) {
    heap_.front().count += weight;
    sink(0);
  } else {
    heap_.push_back({weight, number});
    rise(heap_.size() - 1);
  }
}

void SpaceSaving::scale(double factor) noexcept {
  total_ *= factor;
  if (total_ < kNegligible) {
    total_ = 0;
    heap_.clear();
    first_by_hash_.assign(first_by_hash_.size(), kNone);
    return;
  }
  for (Place& place : heap_) {
    const bool is_negligible = place.count < kNegligible;
    double& error = counted_[place.number].error;
    place.count = is_negligible ? 0 : place.count * factor;
    error = is_negligible ? 0 : error * factor;
  }
}

uint32_t SpaceSaving::find(std::string_view key, uint64_t hash) noexcept {
  uint32_t number = first_of(hash);
  while (number != kNone && (counted_[number].hash != hash || counted_[number].bytes() != key)) {
    number = counted_[number].next;
  }
  return number;
}

void SpaceSaving::unlink(uint32_t number) noexcept {
  uint32_t* link = &first_of(counted_[number].hash);
  while (*link != number) link = &counted_[*link].next;
  *link = counted_[number].next;
}

void SpaceSaving::put(size_t at, const Place& place) noexcept {
  heap_[at] = place;
  place_of_[place.number] = static_cast<uint32_t>(at);
}

void SpaceSaving::sink(size_t at) noexcept {
  const Place sinking = heap_[at];
  for (;;) {
    size_t below = 2 * at + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && heap_[below + 1].count < heap_[below].count) ++below;
    if (heap_[below].count >= sinking.count) break;
    put(at, heap_[below]);
    at = below;
  }
  put(at, sinking);
}

void SpaceSaving::rise(size_t at) noexcept {
  const Place rising = heap_[at];
  while (at > 0) {
    const size_t above = (at - 1) / 2;
    if (heap_[above].count <= rising.count) break;
    put(at, heap_[above]);
    at = above;
  }
  put(at, rising);
}

}  // namespace larder::server
