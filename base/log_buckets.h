// Histogram buckets of increasing width with a bounded relative error, as usual for latencies.
//
// Each number below 2 * kSteps has its own bucket; above that, every power of two has kSteps
// buckets, each at most 1/kSteps of its smallest number wide.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace larder::base {

template <unsigned StepBits>
class LogBuckets {
 public:
  static constexpr uint64_t kSteps = uint64_t{1} << StepBits;
  static constexpr size_t kCount = (64 - StepBits + 1) * kSteps;

  static constexpr size_t bucket_of(uint64_t value) noexcept {
    if (value < 2 * kSteps) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - StepBits - 1;
    return shift * kSteps + (value >> shift);
  }

  // The largest number in the bucket.
  static constexpr uint64_t top_of(size_t bucket) noexcept {
    if (bucket < 2 * kSteps) return bucket;
    const uint64_t shift = bucket / kSteps - 1;
    return (((bucket % kSteps) + kSteps + 1) << shift) - 1;
  }
};

}  // namespace larder::base
