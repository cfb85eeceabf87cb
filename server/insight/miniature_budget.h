// The memory of a miniature cache, in pages: how many it may have, how many it has, and how many
// sampled chunks fit into them.
//
// It has as many pages as a store with that memory; each page has room for the fraction of its
// chunks that the sample is of all keys.
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
  // Both must outlive the budget.
  MiniatureBudget(const slab::Options& options, const slab::SizeClasses& classes) noexcept
      : options_(options), size_classes_(classes) {}

  // `rate` is the fraction of all keys that is sampled.  Takes effect with the next update().
  void set_memory(uint64_t bytes, double rate) noexcept;
  // The pages are what the index of as many items as are sampled here stand for leaves.
  void update(size_t sampled_count) noexcept;

  double rate() const noexcept { return rate_; }
  uint64_t page_count_max() const noexcept { return page_count_max_; }
  bool has_page() const noexcept { return page_count_ < page_count_max_; }
  bool is_exceeded() const noexcept { return page_count_ > page_count_max_; }
  void take_page() noexcept { ++page_count_; }
  void release_pages(uint64_t count) noexcept { page_count_ -= count; }

  // Sampled chunks.
  double chunks_per_page(slab::ClassId id) const noexcept {
    return rate_ * size_classes_.chunks_per_page(id);
  }
  // Where this is not a whole number, some classes have one chunk more, so that the total is right.
  uint64_t chunk_count(slab::ClassId id, uint32_t page_count) const noexcept;

 private:
  const slab::Options& options_;
  const slab::SizeClasses& size_classes_;
  uint64_t memory_bytes_ = 0;
  double rate_ = 1;
  uint64_t page_count_max_ = 0;
  uint64_t page_count_ = 0;
  size_t item_count_most_ = 0;  // scaled by the rate; the maximum, as an index does not shrink
};

}  // namespace larder::server
