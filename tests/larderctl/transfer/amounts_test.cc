#include "larderctl/transfer/amounts.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

TEST_CASE("amounts are written for people") {
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1536) == "1.5 KB");
  CHECK(bytes_text(uint64_t{5} << 30) == "5.0 GB");
  CHECK(seconds_text(0.25) == "0.2 s");
  CHECK(seconds_text(75.4) == "75 s");
  CHECK(clock_text(7) == "0:07");
  CHECK(clock_text(754) == "12:34");
  CHECK(clock_text(10'800) == "3:00:00");
  CHECK(rate_of(10, 2) == 5);
  CHECK(rate_of(10, 0) == 10);
}

}  // namespace
}  // namespace larder::ctl
