#include "server/keep/snapshot_schedule.h"

#include <ctime>

namespace larder::server {

namespace {

constexpr int64_t kSecondsPerDay = 86'400;
}  // namespace

std::optional<int64_t> SnapshotSchedule::next_after(int64_t last) const {
  if (const auto* every = std::get_if<Every>(&when_)) return last + every->seconds;
  const auto* daily = std::get_if<Daily>(&when_);
  if (daily == nullptr) return std::nullopt;
  const auto last_time = static_cast<std::time_t>(last);
  std::tm local{};
  ::localtime_r(&last_time, &local);
  local.tm_hour = daily->minute / 60;
  local.tm_min = daily->minute % 60;
  local.tm_sec = 0;
  local.tm_isdst = -1;
  std::tm candidate = local;
  std::time_t next = std::mktime(&candidate);
  if (next <= last_time) {
    ++local.tm_mday;  // mktime() carries it into the next month
    next = std::mktime(&local);
  }
  return next;
}

int64_t SnapshotSchedule::interval_seconds() const noexcept {
  if (const auto* every = std::get_if<Every>(&when_)) return every->seconds;
  return is_on() ? kSecondsPerDay : 0;
}

}  // namespace larder::server
