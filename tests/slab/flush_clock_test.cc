#include "slab/flush_clock.h"

#include <catch2/catch.hpp>

namespace larder::slab {
namespace {

TEST_CASE("items stored before a flush are flushed and later ones are not") {
  FlushClock clock;
  const uint32_t before = clock.stamp(100);
  CHECK_FALSE(clock.is_flushed(before));
  clock.flush(100, 1);
  CHECK(clock.is_flushed(before));
  CHECK_FALSE(clock.is_flushed(clock.stamp(100)));
}

TEST_CASE("threads whose clocks differ by a second agree on what was stored before a flush") {
  const int of_stamper = GENERATE(99, 100, 101);
  CAPTURE(of_stamper);
  FlushClock clock;
  const uint32_t before = clock.stamp(static_cast<base::Time>(of_stamper));
  clock.flush(100, 1);
  CHECK(clock.is_flushed(before));
  CHECK_FALSE(clock.is_flushed(clock.stamp(static_cast<base::Time>(of_stamper))));
}

TEST_CASE("a flush by a late clock does not revive flushed items") {
  FlushClock clock;
  clock.flush(100, 1);
  const uint32_t last = clock.last_flushed();
  clock.flush(50, 2);
  CHECK(clock.last_flushed() >= last);
}

TEST_CASE("a flush without new items to invalidate is not counted") {
  FlushClock clock;
  clock.flush(100, 1);
  const uint32_t stamp = clock.stamp(100);
  for (int i = 0; i < 10; ++i) clock.flush(100, 1);
  CHECK(clock.stamp(100) == stamp);
  CHECK_FALSE(clock.is_flushed(stamp));
  clock.flush(100, 2);
  CHECK(clock.is_flushed(stamp));
}

TEST_CASE("a planned flush is taken once when its time has come") {
  FlushClock clock;
  CHECK_FALSE(clock.is_planned());
  CHECK_FALSE(clock.take_due(1'000'000));
  clock.plan(200);
  clock.plan(100);
  CHECK(clock.is_planned());
  CHECK_FALSE(clock.take_due(99));
  CHECK(clock.take_due(100));
  CHECK_FALSE(clock.take_due(1'000'000));
  CHECK_FALSE(clock.is_planned());
}

TEST_CASE("a planned flush may be cancelled") {
  FlushClock clock;
  clock.plan(100);
  clock.cancel();
  CHECK_FALSE(clock.is_planned());
  CHECK_FALSE(clock.take_due(100));
}

}  // namespace
}  // namespace larder::slab
