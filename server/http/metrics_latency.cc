// larder_command_duration_seconds: command latencies by kind; see latency.h.
//
// A bucket has the exact number of commands that took less than a power of two of nanoseconds.
// Prometheus includes the bound in a bucket; a command that took exactly that time is counted in
// the next bucket.
#include <array>

#include "server/http/metrics_text.h"

namespace larder::server {
namespace {

// From about a microsecond to over eight seconds; few clients wait longer.
constexpr unsigned kFirstPower = 10;
constexpr unsigned kLastPower = 33;
static_assert(uint64_t{1} << kLastPower <= LatencyBuckets::kLongest);

constexpr double kNanosecondsPerSecond = 1e9;

}  // namespace

void write_latency_metrics(MetricsWriter& out, const StatsSnapshot& stats) {
  if (!stats.latencies) return;
  out.family(
      "larder_command_duration_seconds", MetricType::Histogram,
      "Time from the arrival of a complete request until its reply was handed to the kernel.");
  for (size_t kind = 0; kind < kCommandKindCount; ++kind) {
    const LatencyCounts& counts = (*stats.latencies)[kind];
    std::array<MetricBucket, kLastPower - kFirstPower + 1> buckets;
    for (unsigned power = kFirstPower; power <= kLastPower; ++power) {
      buckets[power - kFirstPower] = {
          .bound = static_cast<double>(uint64_t{1} << power) / kNanosecondsPerSecond,
          .count = counts.count_below(power)};
    }
    out.histogram(buckets, counts.count(),
                  static_cast<double>(counts.nanoseconds) / kNanosecondsPerSecond,
                  {"command", name_of(static_cast<CommandKind>(kind))});
  }
}

}  // namespace larder::server
