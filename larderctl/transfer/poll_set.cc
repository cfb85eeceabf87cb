#include "larderctl/transfer/poll_set.h"

#include <algorithm>
#include <cerrno>

namespace larder::ctl {

void PollSet::clear(Time latest) {
  polled_.clear();
  wake_ = latest;
}

size_t PollSet::add(int fd, short events) {
  polled_.push_back({.fd = fd, .events = events, .revents = 0});
  return polled_.size() - 1;
}

base::Outcome PollSet::wait() {
  using std::chrono::milliseconds;
  const auto left = wake_ - std::chrono::steady_clock::now();
  // Rounded up: waking up too early would be waiting in small steps.
  const auto pause =
      std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds(0), milliseconds(60'000));
  const int count = ::poll(polled_.data(), polled_.size(), static_cast<int>(pause.count()));
  if (count < 0 && errno != EINTR) return base::fail_errno("cannot wait for the servers");
  if (count < 0) {
    for (pollfd& each : polled_) each.revents = 0;
  }
  return base::Done{};
}

}  // namespace larder::ctl
