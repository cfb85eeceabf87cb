// The memory of a cache in miniature, in pages: how many it may have, how many it has, and how many
// sampled chunks have room in them.
//
// Pages are as many as the store of that memory would have.
//
// Threads: one owner.
#pragma once

#include <cstddef>
#include <cstdint>

#include "slab/options.h"
#include "slab/size_classes.h"

namespace larder::server {

class MiniatureBudget {
 public:
  // Both outlive the budget.
  MiniatureBudget(const slab::Options& options, const slab::SizeClasses& classes) noexcept
      : options_(options), size_classes_(classes) {}

  // `rate`: what part of all keys is sampled.  Holds from the next update() on.
  void set_memory(uint64_t bytes, double rate) noexcept;
  // The pages are what the index of as many items as are sampled here stand for leaves.
  void update(size_t sampled_count) noexcept;

  double rate() const noexcept { return rate_; }
  uint64_t page_count_max() const noexcept { return page_count_max_; }
  bool has_page() const noexcept { return page_count_ < page_count_max_; }
  bool is_exceeded() const noexcept { return page_count_ > page_count_max_; }
  void take_page() noexcept { ++page_count_; }
  void release_pages(uint64_t count) noexcept { page_count_ -= count; }

  // Of sampled ones.
  double chunks_per_page(slab::ClassId id) const noexcept {
    return rate_ * size_classes_.chunks_per_page(id);
  }
  // Where that is no whole number, some classes have one chunk more, so that all of them together
  // have what they should.
  uint64_t chunk_count(slab::ClassId id, uint32_t page_count) const noexcept;

 private:
  const slab::Options& options_;
  const slab::SizeClasses& size_classes_;
  uint64_t memory_bytes_ = 0;
  double rate_ = 1;
  uint64_t page_count_max_ = 0;
  uint64_t page_count_ = 0;
  size_t item_count_most_ = 0;  // scaled by the rate: an index does not shrink
};

}  // namespace larder::server
