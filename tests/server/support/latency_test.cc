#include "server/support/latency.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

LatencyCounts counts_of(const LatencyHistogram& histogram) {
  LatencyCounts counts;
  counts.add(histogram);
  return counts;
}

TEST_CASE("quantiles are rounded up by at most an eighth") {
  LatencyHistogram histogram;
  for (uint64_t i = 1; i <= 1000; ++i) histogram.add(i * 1000, 1);
  const LatencyCounts counts = counts_of(histogram);
  CHECK(counts.count() == 1000);
  CHECK(counts.nanoseconds == 500'500'000);
  for (const double share : {0.5, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    CHECK(static_cast<double>(counts.quantile(share)) >= share * 1e6);
    CHECK(static_cast<double>(counts.quantile(share)) <= share * 1e6 * 1.125);
  }
  CHECK(LatencyCounts{}.quantile(0.5) == 0);
}

TEST_CASE("values below a power of two are counted exactly") {
  LatencyHistogram histogram;
  histogram.add(1023, 3);
  histogram.add(1024, 5);
  histogram.add(~uint64_t{0} >> 1, 7);  // beyond the range of the buckets
  const LatencyCounts counts = counts_of(histogram);
  CHECK(counts.count_below(10) == 3);
  CHECK(counts.count_below(11) == 8);
  CHECK(counts.count_below(35) == 8);
  CHECK(counts.count() == 15);
}

TEST_CASE("earlier counts can be subtracted") {
  LatencyHistogram histogram;
  histogram.add(100, 2);
  const LatencyCounts before = counts_of(histogram);
  histogram.add(100'000, 3);
  LatencyCounts counts = counts_of(histogram);
  counts -= before;
  CHECK(counts.count() == 3);
  CHECK(counts.nanoseconds == 300'000);
  CHECK(counts.quantile(0) >= 100'000);
}

}  // namespace
}  // namespace larder::server
