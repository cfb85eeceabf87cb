// Command latencies by kind: the time from the start of the turn in which a request was complete
// until its reply was handed to the kernel (for noreply: until it would have been).
//
// A turn starts when the worker gets the list of ready connections, so the time that a client waits
// for clients served before it is included.  The clock is read once per turn and connection.  When
// a client does not read and its socket is full, a reply counts as handed over; requests waiting
// behind it are measured from when their execution starts.  Requests that were read but had to wait
// for other connections are measured from the turn in which they were read.
//
// Threads: a LatencyHistogram is written by one worker and read by any thread, slightly stale.
// LatencyCounts are plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"
#include "base/log_buckets.h"
#include "server/support/command_kind.h"

namespace larder::server {

// Nanoseconds, with a relative error of at most 1/8; everything above 2^35 ns, about half a minute,
// is in one bucket.
struct LatencyBuckets : base::LogBuckets<3> {
  static constexpr uint64_t kLongest = uint64_t{1} << 35;
  static constexpr size_t kCount = base::LogBuckets<3>::bucket_of(kLongest) + 1;
  static constexpr size_t bucket_of(uint64_t nanoseconds) noexcept {
    return base::LogBuckets<3>::bucket_of(nanoseconds < kLongest ? nanoseconds : kLongest);
  }
};

class LatencyHistogram {
 public:
  // Adds `count` commands of that duration.  Owner only.
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
  uint64_t nanoseconds = 0;  // the sum over all commands

  void add(const LatencyHistogram& worker) noexcept;
  LatencyCounts& operator-=(const LatencyCounts& before) noexcept;

  uint64_t count() const noexcept;
  // The exact number of commands that took less than 2^power nanoseconds (power up to 35).
  uint64_t count_below(unsigned power) const noexcept;
  // The quantile `share` (0 to 1) in nanoseconds, rounded up to the end of its bucket; 0 if there
  // were no commands.
  uint64_t quantile(double share) const noexcept;
};

using Latencies = std::array<LatencyCounts, kCommandKindCount>;

}  // namespace larder::server
