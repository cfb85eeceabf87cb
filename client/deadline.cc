#include "client/deadline.h"

#include <algorithm>
#include <cerrno>

namespace larder::client {
namespace {

using std::chrono::milliseconds;

// Longer waits are split into waits of this length, so that the timeout fits poll()'s int.
constexpr milliseconds kPollTimeMax{60'000};

}  // namespace

Outcome wait_for(std::span<pollfd> watched, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds::zero()) return fail(ErrorCode::TimedOut, "timed out");
    const int ready = ::poll(watched.data(), watched.size(),
                             static_cast<int>(std::min(left, kPollTimeMax).count()));
    if (ready > 0) return Done{};
    if (ready < 0 && errno != EINTR) return fail_errno(ErrorCode::System, "cannot wait");
  }
}

Outcome wait_for(int fd, short events, Deadline deadline) {
  pollfd watched{fd, events, 0};
  return wait_for({&watched, 1}, deadline);
}

}  // namespace larder::client
