#include "server/space_saving.h"

#include <bit>

#include "base/assertions.h"

namespace larder::server {
namespace {

// Below this nothing that was counted means anything, and numbers would become slow ones.
constexpr double kNegligible = 1e-9;

}  // namespace

SpaceSaving::SpaceSaving(uint32_t capacity)
    : capacity_(capacity),
      counted_(capacity),
      first_by_hash_(std::bit_ceil(size_t{2} * capacity), kNone) {
  heap_.reserve(capacity);
}

void SpaceSaving::add(std::string_view key, uint64_t hash, double weight) noexcept {
  DEBUG_ASSERT(key.size() <= slab::kKeySizeMax);
  total_ += weight;
  if (const uint32_t found = find(key, hash); found != kNone) {
    counted_[found].count += weight;
    return sink(counted_[found].place);
  }
  const bool is_full = heap_.size() == capacity_;
  const auto number = is_full ? heap_.front() : static_cast<uint32_t>(heap_.size());
  Counted& one = counted_[number];
  if (is_full) {
    unlink(number);
    one.error = one.count;
  } else {
    heap_.push_back(number);
    one.place = number;
    one.error = 0;
  }
  one.count = one.error + weight;
  one.hash = hash;
  one.key_size = static_cast<uint8_t>(key.copy(one.key, slab::kKeySizeMax));
  one.next = first_of(hash);
  first_of(hash) = number;
  is_full ? sink(0) : rise(one.place);
}

void SpaceSaving::scale(double factor) noexcept {
  total_ *= factor;
  if (total_ < kNegligible) {
    total_ = 0;
    heap_.clear();
    first_by_hash_.assign(first_by_hash_.size(), kNone);
    return;
  }
  for (const uint32_t number : heap_) {
    Counted& one = counted_[number];
    const bool is_negligible = one.count < kNegligible;
    one.count = is_negligible ? 0 : one.count * factor;
    one.error = is_negligible ? 0 : one.error * factor;
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

void SpaceSaving::put(size_t place, uint32_t number) noexcept {
  heap_[place] = number;
  counted_[number].place = static_cast<uint32_t>(place);
}

void SpaceSaving::sink(size_t place) noexcept {
  const uint32_t number = heap_[place];
  const double count = counted_[number].count;
  for (;;) {
    size_t below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() &&
        counted_[heap_[below + 1]].count < counted_[heap_[below]].count) {
      ++below;
    }
    if (counted_[heap_[below]].count >= count) break;
    put(place, heap_[below]);
    place = below;
  }
  put(place, number);
}

void SpaceSaving::rise(size_t place) noexcept {
  const uint32_t number = heap_[place];
  while (place > 0) {
    const size_t above = (place - 1) / 2;
    if (counted_[heap_[above]].count <= counted_[number].count) break;
    put(place, heap_[above]);
    place = above;
  }
  put(place, number);
}

}  // namespace larder::server
