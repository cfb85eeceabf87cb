#include "server/support/latency.h"

#include <numeric>

namespace larder::server {

void LatencyCounts::add(const LatencyHistogram& worker) noexcept {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] += worker.buckets_[i].get();
  nanoseconds += worker.nanoseconds_.get();
}

LatencyCounts& LatencyCounts::operator-=(const LatencyCounts& before) noexcept {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] -= before.buckets[i];
  nanoseconds -= before.nanoseconds;
  return *this;
}

uint64_t LatencyCounts::count() const noexcept {
  return std::accumulate(buckets.begin(), buckets.end(), uint64_t{0});
}

uint64_t LatencyCounts::count_below(unsigned power) const noexcept {
  const size_t end = LatencyBuckets::bucket_of(uint64_t{1} << power);
  return std::accumulate(buckets.begin(), buckets.begin() + static_cast<ptrdiff_t>(end),
                         uint64_t{0});
}

uint64_t LatencyCounts::quantile(double share) const noexcept {
  const double wanted = share * static_cast<double>(count());
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    seen += buckets[i];
    if (seen > 0 && static_cast<double>(seen) >= wanted) return LatencyBuckets::top_of(i);
  }
  return 0;
}

}  // namespace larder::server
