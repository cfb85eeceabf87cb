#include "server/keep/snapshot_schedule.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

namespace larder::server {
namespace {

// Local time in a zone, for one test.
class Zone {
 public:
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

constexpr int64_t kMidnight = 1'796'083'200;  // 2026-12-01 00:00 UTC

TEST_CASE("without a schedule no snapshot is due") {
  CHECK_FALSE(SnapshotSchedule().is_on());
  CHECK_FALSE(SnapshotSchedule().next_after(kMidnight));
  CHECK(SnapshotSchedule().interval_seconds() == 0);
}

TEST_CASE("an interval counts from the last snapshot") {
  const SnapshotSchedule schedule = SnapshotSchedule::every(3600);
  CHECK(schedule.is_on());
  CHECK(schedule.next_after(kMidnight) == kMidnight + 3600);
  CHECK(schedule.interval_seconds() == 3600);
}

TEST_CASE("a time of day is that of the local time zone") {
  const Zone zone("UTC");
  const SnapshotSchedule schedule = SnapshotSchedule::daily(3 * 60 + 30);
  CHECK(schedule.next_after(kMidnight) == kMidnight + 3 * 3600 + 1800);
  CHECK(schedule.next_after(kMidnight + 3 * 3600 + 1799) == kMidnight + 3 * 3600 + 1800);
  CHECK(schedule.next_after(kMidnight + 3 * 3600 + 1800) == kMidnight + 27 * 3600 + 1800);
  CHECK(schedule.interval_seconds() == 86'400);
}

TEST_CASE("a time of day stays the same over a change of the clock") {
  const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const int64_t noon_before = 1'774'695'600;  // 2026-03-28 12:00 CET, the day before the change
  const auto next = SnapshotSchedule::daily(12 * 60).next_after(noon_before);
  REQUIRE(next);
  CHECK(*next == noon_before + 23 * 3600);
  const auto time = static_cast<std::time_t>(*next);
  std::tm local{};
  ::localtime_r(&time, &local);
  CHECK(local.tm_hour == 12);
}

}  // namespace
}  // namespace larder::server
