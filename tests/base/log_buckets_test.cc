#include "base/log_buckets.h"

#include <catch2/catch.hpp>

namespace larder::base {
namespace {

TEMPLATE_TEST_CASE("every number belongs to exactly one bucket", "", LogBuckets<3>, LogBuckets<6>) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const int64_t offset : {-1, 0, 1, 5}) {
      const uint64_t value = (uint64_t{1} << shift) + static_cast<uint64_t>(offset);
      CAPTURE(value);
      const size_t bucket = TestType::bucket_of(value);
      REQUIRE(bucket < TestType::kCount);
      CHECK(value <= TestType::top_of(bucket));
      if (bucket > 0) CHECK(value > TestType::top_of(bucket - 1));
    }
  }
  CHECK(TestType::bucket_of(~uint64_t{0}) == TestType::kCount - 1);
}

TEST_CASE("the width of a bucket is at most the promised fraction of its values") {
  for (size_t bucket = 16; bucket + 1 < LogBuckets<3>::kCount; ++bucket) {
    const uint64_t top = LogBuckets<3>::top_of(bucket);
    const uint64_t below = LogBuckets<3>::top_of(bucket - 1);
    CHECK(top - below <= (below + 1) / 8);
  }
}

}  // namespace
}  // namespace larder::base
