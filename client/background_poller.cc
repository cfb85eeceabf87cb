#include "client/background_poller.h"

#include <algorithm>
#include <utility>

#include "client/deadline.h"

namespace larder::client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIntervalMin{10};
constexpr milliseconds kProbeInterval{1'000};

}  // namespace

BackgroundPoller::BackgroundPoller(Client& client, milliseconds interval, OnFailure on_failure)
    : client_(client),
      interval_(std::max(interval, kIntervalMin)),
      on_failure_(std::move(on_failure)),
      thread_([this] { run(); }) {}

BackgroundPoller::~BackgroundPoller() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopping_.notify_one();
  thread_.join();
}

void BackgroundPoller::run() {
  Deadline next_poll = std::chrono::steady_clock::now();
  Deadline next = next_poll;
  do {
    client_.probe();
    if (std::chrono::steady_clock::now() >= next_poll) {
      if (client_.has_discovery()) {
        const Result<bool> polled = client_.poll();
        if (!polled && on_failure_) on_failure_(polled.error());
      }
      next_poll = deadline_after(interval_);
    }
    next = std::min(next_poll, deadline_after(kProbeInterval));
  } while (sleep_until(next));
}

// False if the thread is to stop.
bool BackgroundPoller::sleep_until(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_until(lock, deadline, [this] { return is_stopping_; });
}

}  // namespace larder::client
