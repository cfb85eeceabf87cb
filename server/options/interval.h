// Times on the command line.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::server {

// "90s", "15m", "1h", "1d" or seconds; at least a second, at most a year.
std::optional<int64_t> parse_interval(std::string_view text);
// "03:00": the minute of the day.
std::optional<int> parse_time_of_day(std::string_view text);

}  // namespace larder::server
