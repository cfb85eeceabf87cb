#include "server/options/interval.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("an interval is a number of seconds, or has a unit") {
  CHECK(parse_interval("90") == 90);
  CHECK(parse_interval("90s") == 90);
  CHECK(parse_interval("15m") == 900);
  CHECK(parse_interval("1h") == 3600);
  CHECK(parse_interval("2d") == 172'800);
  for (const char* text : {"", "h", "0", "0h", "-1h", "1w", "1.5h", "1h30m", " 1h", "367d",
                           "9223372036854775807d", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_interval(text));
  }
}

TEST_CASE("a time of day has hours and minutes") {
  CHECK(parse_time_of_day("00:00") == 0);
  CHECK(parse_time_of_day("03:05") == 185);
  CHECK(parse_time_of_day("3:05") == 185);
  CHECK(parse_time_of_day("23:59") == 1439);
  for (const char* text :
       {"", ":", "24:00", "12:60", "12", "12:5", "012:00", "12:000", "-1:00", "1a:00", "12:00 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_of_day(text));
  }
}

}  // namespace
}  // namespace larder::server
