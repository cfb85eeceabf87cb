#include "server/options/interval.h"

#include <charconv>

namespace larder::server {

namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kIntervalMax = 366 * kSecondsPerDay;

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int64_t seconds_of(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return kSecondsPerDay;
    default: return 0;
  }
}

}  // namespace

std::optional<int64_t> parse_interval(std::string_view text) {
  int64_t unit = 1;
  if (!text.empty() && seconds_of(text.back()) != 0) {
    unit = seconds_of(text.back());
    text.remove_suffix(1);
  }
  const auto number = whole_number<int64_t>(text);
  if (!number || *number < 1 || *number > kIntervalMax / unit) return std::nullopt;
  return *number * unit;
}

std::optional<int> parse_time_of_day(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.size() - colon != 3 || colon < 1 || colon > 2) {
    return std::nullopt;
  }
  const auto hour = whole_number<int>(text.substr(0, colon));
  const auto minute = whole_number<int>(text.substr(colon + 1));
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) {
    return std::nullopt;
  }
  return *hour * 60 + *minute;
}

}  // namespace larder::server
