#include "server/insight/sample_table.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

constexpr uint32_t kSize = 8;
constexpr uint32_t kNone = SampleTable::kNone;

TEST_CASE("keys of one bucket are told apart by their hashes") {
  SampleTable table(kSize);
  const uint32_t one = table.add(3);
  const uint32_t other = table.add(3 + kSize);
  CHECK(one != other);
  CHECK(table.find(3) == one);
  CHECK(table.find(3 + kSize) == other);
  CHECK(table.find(3 + 2 * kSize) == kNone);
  CHECK(table.count() == 2);
}

TEST_CASE("a full table takes no more keys until one is forgotten") {
  SampleTable table(kSize);
  for (uint64_t hash = 0; hash < kSize; ++hash) REQUIRE(table.add(hash) != kNone);
  CHECK(table.add(kSize) == kNone);
  table.forgotten().push_back(table.find(5));
  table.sweep_forgotten();
  CHECK(table.find(5) == kNone);
  CHECK(table.count() == kSize - 1);
  CHECK(table.add(kSize) != kNone);
  CHECK(table.find(0) != kNone);  // of the same bucket
}

TEST_CASE("a forgotten key that a cache knows again stays") {
  SampleTable table(kSize);
  const uint32_t key = table.add(1);
  table.forgotten().push_back(key);
  table.forgotten().push_back(key);
  table[key].known_count = 1;
  table.sweep_forgotten();
  CHECK(table.find(1) == key);
  CHECK(table.forgotten().empty());
  table[key].known_count = 0;
  table.forgotten().push_back(key);
  table.forgotten().push_back(key);  // it may stand there twice
  table.sweep_forgotten();
  CHECK(table.find(1) == kNone);
  CHECK(table.count() == 0);
}

}  // namespace
}  // namespace larder::server
