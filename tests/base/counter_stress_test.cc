#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "base/counter.h"

namespace larder::base {
namespace {

TEST_CASE("a counter adds and subtracts") {
  OwnedCounter counter;
  CHECK(counter.get() == 0);
  counter.add();
  counter.add(41);
  CHECK(counter.get() == 42);
  counter.subtract(2);
  counter.subtract();
  CHECK(counter.get() == 39);
}

TEST_CASE("counters of several owners add up when one of them is negative") {
  OwnedCounter taker;
  OwnedCounter giver;
  taker.add(3);
  giver.subtract(2);
  CHECK(taker.get() + giver.get() == 1);
}

TEST_CASE("a reader sees a counter increase and reads the exact total at the end") {
  constexpr uint64_t kAdds = 200'000;
  OwnedCounter counter;
  std::atomic<int> falls{0};
  std::thread reader([&] {
    for (uint64_t seen = 0; seen < kAdds;) {
      const uint64_t now = counter.get();
      if (now < seen) ++falls;
      seen = now;
    }
  });
  for (uint64_t add = 0; add < kAdds; ++add) counter.add();
  reader.join();
  CHECK(falls == 0);
  CHECK(counter.get() == kAdds);
}

}  // namespace
}  // namespace larder::base
