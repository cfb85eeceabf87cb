// How long commands take, by kind: from the beginning of the turn that completed a request until
// its reply was handed to the kernel, or would have been if it has none.
//
// A turn begins when the worker learns who is ready, so that what a client waits for those served
// before it counts, and the clock is read once per turn and connection.  What a client does not
// read counts as handed over once its socket is full, and what waits behind that counts from when
// it was taken; what was read and waits because others come first, from the turn in which it was
// read.
//
// Threads: a LatencyHistogram is written by one worker and read by anyone, slightly stale.
// LatencyCounts are plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"
#include "base/log_buckets.h"
#include "server/support/command_kind.h"

namespace larder::server {

// Nanoseconds, known to an eighth of themselves; whatever took over half a minute is one bucket.
struct LatencyBuckets : base::LogBuckets<3> {
  static constexpr uint64_t kLongest = uint64_t{1} << 35;
  static constexpr size_t kCount = base::LogBuckets<3>::bucket_of(kLongest) + 1;
  static constexpr size_t bucket_of(uint64_t nanoseconds) noexcept {
    return base::LogBuckets<3>::bucket_of(nanoseconds < kLongest ? nanoseconds : kLongest);
  }
};

class LatencyHistogram {
 public:
  // `count` commands took that long.  The owner only.
  void add(uint64_t nanoseconds, uint64_t count) noexcept {
    buckets_[LatencyBuckets::bucket_of(nanoseconds)].add(count);
    nanoseconds_.add(nanoseconds * count);
  }

 private:
  friend struct LatencyCounts;
  std::array<base::OwnedCounter, LatencyBuckets::kCount> buckets_;
  base::OwnedCounter nanoseconds_;
};

using WorkerLatencies = std::array<LatencyHistogram, kCommandKindCount>;

struct LatencyCounts {
  std::array<uint64_t, LatencyBuckets::kCount> buckets{};
  uint64_t nanoseconds = 0;  // of all commands together

  void add(const LatencyHistogram& worker) noexcept;
  LatencyCounts& operator-=(const LatencyCounts& before) noexcept;

  uint64_t count() const noexcept;
  // How many took less than 2^power nanoseconds, exactly (power up to 35).
  uint64_t count_below(unsigned power) const noexcept;
  // Nanoseconds that `share` (0 to 1) of the commands did not exceed, rounded up to the end of
  // their bucket; 0 if there were none.
  uint64_t quantile(double share) const noexcept;
};

using Latencies = std::array<LatencyCounts, kCommandKindCount>;

}  // namespace larder::server
