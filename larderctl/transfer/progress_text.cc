#include "larderctl/transfer/progress_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "larderctl/transfer/amounts.h"

namespace larder::ctl {
namespace {

constexpr size_t kBarMax = 40;
constexpr size_t kBarMin = 5;

uint64_t rate(const Position& position) {
  return static_cast<uint64_t>(rate_of(position.item_count, position.seconds));
}

// Empty as long as nothing can be told.
std::string time_left(const Position& position) {
  const double fraction = fraction_of(position);
  if (fraction <= 0 || position.seconds < 1) return "";
  const double left = position.seconds / fraction * (1 - fraction);
  return clock_text(static_cast<uint64_t>(left + 0.5)) + " left";
}

}  // namespace

double fraction_of(const Position& position) {
  if (position.total == 0) return 0;
  // More may have come since the total was asked for.
  return std::min(1.0, static_cast<double>(position.done) / static_cast<double>(position.total));
}

std::string progress_bar(const Position& position, size_t columns) {
  const double fraction = fraction_of(position);
  const std::string left = time_left(position);
  const std::string text =
      fmt::format(" {:3.0f} %  {} items  {}/s{}{}", fraction * 100, position.item_count,
                  rate(position), left.empty() ? "" : "  ", left);
  const size_t room = columns > text.size() + 2 ? columns - text.size() - 2 : 0;
  if (position.total == 0 || room < kBarMin) return text.substr(1, columns);
  const size_t width = std::min(room, kBarMax);
  const auto filled = static_cast<size_t>(fraction * static_cast<double>(width));
  return "[" + std::string(filled, '#') + std::string(width - filled, ' ') + "]" + text;
}

std::string progress_line(const Position& position) {
  std::string text = fmt::format("{} items", position.item_count);
  if (position.total > 0) text += fmt::format(", {:.0f} %", fraction_of(position) * 100);
  text += fmt::format(", {} items/s", rate(position));
  const std::string left = time_left(position);
  return left.empty() ? text : text + ", " + left;
}

}  // namespace larder::ctl
