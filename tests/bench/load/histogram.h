// Counts of latencies in buckets that grow with the value: at most 1.6 % wide.
//
// Threads: one at a time; each thread counts into its own and they are merged afterwards.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/log_buckets.h"

namespace larder::bench {

using Buckets = base::LogBuckets<6>;

class Histogram {
 public:
  void add(uint64_t nanoseconds, uint64_t count) noexcept {
    counts_[Buckets::bucket_of(nanoseconds)] += count;
    total_ += count;
    max_ = std::max(max_, nanoseconds);
  }

  void merge(const Histogram& other) noexcept {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    max_ = std::max(max_, other.max_);
  }

  // The smallest recorded bound that `share` (0 to 1) of the values do not exceed; 0 when empty.
  uint64_t quantile(double share) const noexcept {
    const double wanted = share * static_cast<double>(total_);
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > 0 && static_cast<double>(seen) >= wanted)
        return std::min(Buckets::top_of(i), max_);
    }
    return 0;
  }

  uint64_t total() const noexcept { return total_; }
  uint64_t max() const noexcept { return max_; }

 private:
  std::array<uint64_t, Buckets::kCount> counts_{};
  uint64_t total_ = 0;
  uint64_t max_ = 0;
};

}  // namespace larder::bench
