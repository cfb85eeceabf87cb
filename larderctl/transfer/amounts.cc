#include "larderctl/transfer/amounts.h"

#include <fmt/format.h>

#include <array>

namespace larder::ctl {

std::string bytes_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array kUnits = {"KB", "MB", "GB", "TB"};
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string seconds_text(double seconds) {
  return seconds < 10 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} s", seconds);
}

std::string clock_text(uint64_t seconds) {
  const uint64_t minutes = seconds / 60, hours = minutes / 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes % 60, seconds % 60);
  return fmt::format("{}:{:02}", minutes, seconds % 60);
}

double rate_of(uint64_t count, double seconds) {
  return static_cast<double>(count) / (seconds > 0 ? seconds : 1);
}

}  // namespace larder::ctl
