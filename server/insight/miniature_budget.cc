#include "server/insight/miniature_budget.h"

#include <algorithm>
#include <cmath>

namespace larder::server {
namespace {

// The index memory per item: a bucket of 64 bytes for nine items.
constexpr double kIndexBytesPerItem = 64.0 / 9;

}  // namespace

void MiniatureBudget::set_memory(uint64_t bytes, double rate) noexcept {
  memory_bytes_ = bytes;
  rate_ = rate;
}

void MiniatureBudget::update(size_t sampled_count) noexcept {
  slab::Options options = options_;
  options.memory_bytes_max = memory_bytes_;
  const double index_bytes_at_start =
      static_cast<double>(size_t{8} << slab::initial_hash_power(options));
  const auto item_count = static_cast<size_t>(static_cast<double>(sampled_count) / rate_);
  item_count_most_ = std::max(item_count_most_, item_count);
  const double index_bytes =
      std::max(index_bytes_at_start, kIndexBytesPerItem * static_cast<double>(item_count_most_));
  const double left = static_cast<double>(memory_bytes_) - index_bytes;
  page_count_max_ = left < 0 ? 0 : static_cast<uint64_t>(left / slab::kPageSize);
}

uint64_t MiniatureBudget::chunk_count(slab::ClassId id, uint32_t page_count) const noexcept {
  // Fractional parts of multiples of the golden ratio are evenly distributed between 0 and 1.
  constexpr double kGoldenRatio = 0.6180339887498949;
  const double rounding = rate_ == 1 ? 0 : id * kGoldenRatio - std::floor(id * kGoldenRatio);
  return static_cast<uint64_t>(page_count * chunks_per_page(id) + rounding);
}

}  // namespace larder::server
