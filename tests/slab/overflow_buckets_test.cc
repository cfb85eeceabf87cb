#include "slab/overflow_buckets.h"

#include <catch2/catch.hpp>

namespace larder::slab {
namespace {

TEST_CASE("overflow buckets are charged by the page of them and used again") {
  MemoryBudget budget(size_t{1} << 20);
  OverflowBuckets buckets(budget);
  REQUIRE(buckets.is_usable());
  CHECK(buckets.memory_bytes() == 0);
  Bucket* const first = buckets.acquire();
  Bucket* const second = buckets.acquire();
  CHECK(buckets.count() == 2);
  CHECK(buckets.memory_bytes() == 4096);
  CHECK(budget.used() == 4096);
  first->refs[3] = 7;
  buckets.release(first);
  CHECK(buckets.acquire() == first);
  CHECK(first->refs[0] == kNoRef);
  CHECK(second != first);
  while (buckets.count() < 64) REQUIRE(buckets.acquire() != nullptr);
  CHECK(budget.used() == 8192);
}

TEST_CASE("a chain of overflow buckets ends with null") {
  MemoryBudget budget(size_t{1} << 20);
  OverflowBuckets buckets(budget);
  Bucket bucket{};
  CHECK(buckets.next(&bucket) == nullptr);
  Bucket* const following = buckets.acquire();
  buckets.set_next(&bucket, following);
  CHECK(buckets.next(&bucket) == following);
  buckets.set_next(&bucket, nullptr);
  CHECK(buckets.next(&bucket) == nullptr);
}

TEST_CASE("a private list gives back the bucket pushed last without its references") {
  MemoryBudget budget(size_t{1} << 20);
  OverflowBuckets buckets(budget);
  uint32_t list = 0;
  CHECK(buckets.pop(list) == nullptr);
  Bucket* const a = buckets.acquire();
  Bucket* const b = buckets.acquire();
  buckets.push(list, a);
  buckets.push(list, b);
  CHECK(buckets.pop(list) == b);
  CHECK(b->refs[0] == kNoRef);
  CHECK(buckets.pop(list) == a);
  CHECK(list == 0);
}

}  // namespace
}  // namespace larder::slab
