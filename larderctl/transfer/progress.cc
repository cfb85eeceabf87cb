#include "larderctl/transfer/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace larder::ctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBarPause{200};
constexpr milliseconds kLinePause{10'000};
constexpr size_t kColumns = 80;

size_t columns() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kColumns;
}

}  // namespace

Progress::Progress(std::string name)
    : name_(std::move(name)),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      next_(start_ + (is_terminal_ ? kBarPause : kLinePause)) {}

double Progress::seconds(Time now) const {
  return std::chrono::duration<double>(now - start_).count();
}

void Progress::show(Position position, Time now) {
  if (now < next_) return;
  next_ = now + (is_terminal_ ? kBarPause : kLinePause);
  position.seconds = seconds(now);
  if (is_terminal_) {
    // The last column stays free: some terminals begin a new line there.
    fmt::print(stderr, "\r{}\x1b[K", progress_bar(position, columns() - 1));
    has_bar_ = true;
  } else {
    fmt::print(stderr, "larderctl {}: {}\n", name_, progress_line(position));
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (has_bar_) fmt::print(stderr, "\r\x1b[K");
  has_bar_ = false;
}

}  // namespace larder::ctl
