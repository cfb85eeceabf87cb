// The most frequent keys of a stream in bounded memory: Space-Saving (Metwally, Agrawal and
// El Abbadi, ICDT 2005).
//
// There is a count for each of `capacity` keys.  A key without one takes the place of the key with
// the lowest count, and that count with it: as its error.  So a count is too high by at most its
// error, and every key whose weight is more than total() / capacity has one.  Scaling all counts
// alike changes neither, so old requests may be made to weigh less.
//
// Threads: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "slab/limits.h"

namespace larder::server {

class SpaceSaving {
 public:
  // All memory is taken here: about 300 bytes for each key.
  explicit SpaceSaving(uint32_t capacity);

  // Precondition: the key is not too long.
  void add(std::string_view key, uint64_t hash, double weight) noexcept;
  // All that was added weighs that much of what it did.
  void scale(double factor) noexcept;

  double total() const noexcept { return total_; }
  size_t size() const noexcept { return heap_.size(); }

  // Calls visit(key, hash, count, error) for each key that has a count, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Place& place : heap_) {
      const Counted& one = counted_[place.number];
      visit(one.bytes(), one.hash, place.count, one.error);
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // What the heap is in order of lies in it: to go along keys would be a cache miss at each level.
  struct Place {
    double count;
    uint32_t number;  // in counted_
  };

  struct Counted {
    double error;
    uint64_t hash;
    uint32_t next;  // with the same slot in first_by_hash_
    uint8_t key_size;
    char key[slab::kKeySizeMax];

    std::string_view bytes() const noexcept { return {key, key_size}; }
  };

  uint32_t& first_of(uint64_t hash) noexcept {
    return first_by_hash_[hash & (first_by_hash_.size() - 1)];
  }
  uint32_t find(std::string_view key, uint64_t hash) noexcept;
  void unlink(uint32_t number) noexcept;
  void put(size_t at, const Place& place) noexcept;
  void sink(size_t at) noexcept;
  void rise(size_t at) noexcept;

  const uint32_t capacity_;
  double total_ = 0;
  std::vector<Counted> counted_;
  std::vector<Place> heap_;         // the lowest count first
  std::vector<uint32_t> place_of_;  // in heap_, by number
  std::vector<uint32_t> first_by_hash_;
};

}  // namespace larder::server
