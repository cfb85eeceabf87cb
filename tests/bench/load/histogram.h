// Counts of latencies in buckets that grow with the value: at most 1.6 % wide.
//
// Threads: one at a time; each thread counts into its own and they are merged afterwards.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace larder::bench {

// Which bucket a value falls into, and what its bucket holds at most.
class Buckets {
 public:
  // Values below 2 * kSteps have a bucket each; above, every power of two has kSteps buckets.
  static constexpr unsigned kStepBits = 6;
  static constexpr uint64_t kSteps = uint64_t{1} << kStepBits;

  static constexpr size_t bucket_of(uint64_t value) noexcept {
    if (value < 2 * kSteps) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
    return shift * kSteps + (value >> shift);
  }

  // The largest value in the bucket.
  static constexpr uint64_t top_of(size_t bucket) noexcept {
    if (bucket < 2 * kSteps) return bucket;
    const uint64_t shift = bucket / kSteps - 1;
    return (((bucket % kSteps) + kSteps + 1) << shift) - 1;
  }

  static constexpr size_t kCount = (64 - kStepBits + 1) * kSteps;
};

static_assert(Buckets::bucket_of(~uint64_t{0}) == Buckets::kCount - 1);
static_assert(Buckets::top_of(Buckets::bucket_of(1'000'000)) >= 1'000'000);
static_assert(Buckets::top_of(Buckets::bucket_of(1'000'000) - 1) < 1'000'000);

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
