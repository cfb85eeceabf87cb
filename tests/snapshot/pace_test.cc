#include "snapshot/pace.h"

#include <catch2/catch.hpp>

namespace larder::snapshot {
namespace {

using std::chrono::milliseconds;
using Duration = Pace::Duration;

TEST_CASE("without a limit there is nothing to wait for") {
  Pace pace(0);
  CHECK(pace.wait_after(1 << 30, Duration::zero()) == Duration::zero());
}

TEST_CASE("the wait makes up for what was written too fast") {
  Pace pace(1'000'000);
  CHECK(pace.wait_after(500'000, milliseconds(100)) == milliseconds(400));
  CHECK(pace.wait_after(600'000, milliseconds(600)) == Duration::zero());
}

TEST_CASE("a pause allows a burst of a tenth of a second") {
  Pace pace(1'000'000);
  CHECK(pace.wait_after(1000, milliseconds(60'000)) == Duration::zero());
  CHECK(pace.wait_after(201'000, milliseconds(60'000)) == milliseconds(100));
}

}  // namespace
}  // namespace larder::snapshot
