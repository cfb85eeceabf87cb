#include "slab/memory_budget.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace larder::slab {
namespace {

TEST_CASE("a budget can be taken to the last byte and no further") {
  MemoryBudget budget(100);
  CHECK(budget.try_take(60));
  CHECK_FALSE(budget.try_take(41));
  CHECK(budget.used() == 60);
  CHECK(budget.try_take(40));
  CHECK_FALSE(budget.try_take(1));
  budget.give_back(60);
  CHECK(budget.used() == 40);
  CHECK(budget.try_take(60));
}

TEST_CASE("unconditional takes may exceed the limit") {
  MemoryBudget budget(100);
  budget.take(100);
  CHECK_FALSE(budget.is_exceeded());
  budget.take(1);
  CHECK(budget.is_exceeded());
  CHECK(budget.used() == 101);
  budget.give_back(1);
  CHECK_FALSE(budget.is_exceeded());
}

TEST_CASE("a lowered limit is exceeded until enough was returned") {
  MemoryBudget budget(100);
  REQUIRE(budget.try_take(80));
  budget.set_limit(50);
  CHECK(budget.limit() == 50);
  CHECK(budget.is_exceeded());
  CHECK_FALSE(budget.try_take(1));
  budget.give_back(31);
  CHECK_FALSE(budget.is_exceeded());
  CHECK(budget.try_take(1));
}

TEST_CASE("threads together never take more than the limit") {
  MemoryBudget budget(10'000);
  std::vector<size_t> taken(4);
  {
    std::vector<std::jthread> threads;
    for (size_t& mine : taken) {
      threads.emplace_back([&budget, &mine] {
        while (budget.try_take(3)) mine += 3;
      });
    }
  }
  size_t total = 0;
  for (const size_t mine : taken) total += mine;
  CHECK(total == 9'999);
  CHECK(budget.used() == total);
}

}  // namespace
}  // namespace larder::slab
