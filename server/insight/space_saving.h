// The most frequent keys of a stream in bounded memory: Space-Saving (Metwally, Agrawal and El
// Abbadi, ICDT 2005).
//
// There are `capacity` counters, one per key.  A new key replaces the key with the lowest count and
// inherits that count, which is recorded as its error.  So a count is too high by at most its
// error, and every key whose weight exceeds total() / capacity has a counter.  Scaling all counts
// by the same factor preserves both properties, so older requests can be given less weight.
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
  // Allocates all memory: about 300 bytes per key.
  explicit SpaceSaving(uint32_t capacity);

  // Precondition: the key is not too long.
  void add(std::string_view key, uint64_t hash, double weight) noexcept;
  // Multiplies all weights added so far by `factor`.
  void scale(double factor) noexcept;

  double total() const noexcept { return total_; }
  size_t size() const noexcept { return heap_.size(); }

  // Calls visit(key, hash, count, error) for each counted key, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Place& place : heap_) {
      const Counted& one = counted_[place.number];
      visit(one.bytes(), one.hash, place.count, one.error);
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The sort value is stored in the heap itself: following pointers to the keys would cost a cache
  // miss per level.
  struct Place {
    double count;
    uint32_t number;  // index in counted_
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
