// Decides which items of a snapshot fit into a smaller store: those that were accessed last.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace larder::snapshot {

class IdleCutoff {
 public:
  void add(uint32_t idle_seconds, size_t memory_bytes) {
    bytes_[bucket_of(idle_seconds)] += memory_bytes;
  }

  // The longest idle time of which all items fit into `memory_bytes`.
  uint32_t idle_seconds_max(uint64_t memory_bytes) const noexcept {
    uint64_t sum = 0;
    for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
      sum += bytes_[bucket];
      if (sum > memory_bytes) return bucket == 0 ? 0 : last_of(bucket - 1);
    }
    return std::numeric_limits<uint32_t>::max();
  }

 private:
  // Seconds up to nine hours, then steps of 256 seconds up to a hundred days.
  static constexpr size_t kFine = 1 << 15;
  static constexpr size_t kBuckets = 2 * kFine;
  static constexpr unsigned kCoarseShift = 8;

  static size_t bucket_of(uint32_t idle) noexcept {
    if (idle < kFine) return idle;
    return std::min(kFine + ((idle - kFine) >> kCoarseShift), kBuckets - 1);
  }
  static uint32_t last_of(size_t bucket) noexcept {
    if (bucket < kFine) return static_cast<uint32_t>(bucket);
    return static_cast<uint32_t>(kFine + ((bucket - kFine + 1) << kCoarseShift) - 1);
  }

  std::vector<uint64_t> bytes_ = std::vector<uint64_t>(kBuckets);
};

}  // namespace larder::snapshot
