#include "server/net/accept_gate.h"

#include <algorithm>

#include "base/assertions.h"
#include "server/support/clock_driver.h"

namespace larder::server {

bool AcceptGate::admit() noexcept {
  uint32_t count = connection_count_.load();
  while (count < limits_.connection_count_max) {
    if (connection_count_.compare_exchange_weak(count, count + 1)) return true;
  }
  return false;
}

void AcceptGate::depart() noexcept {
  connection_count_.fetch_sub(1);
  if (paused_count_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  for (Wakeup* room : waiting_) room->notify();
}

void AcceptGate::pause(Wakeup& room) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    paused_since_us_ = monotonic_microseconds();
    pause_count_.add();
  }
  waiting_.push_back(&room);
  paused_count_.fetch_add(1);
}

void AcceptGate::resume(Wakeup& room) {
  const std::lock_guard lock(mutex_);
  const auto place = std::find(waiting_.begin(), waiting_.end(), &room);
  ASSERT(place != waiting_.end());
  waiting_.erase(place);
  paused_count_.fetch_sub(1);
  if (waiting_.empty()) {
    paused_us_.add(static_cast<uint64_t>(monotonic_microseconds() - paused_since_us_));
  }
}

uint64_t AcceptGate::paused_us() const {
  const std::lock_guard lock(mutex_);
  uint64_t total = paused_us_.get();
  if (!waiting_.empty()) {
    total += static_cast<uint64_t>(monotonic_microseconds() - paused_since_us_);
  }
  return total;
}

}  // namespace larder::server
