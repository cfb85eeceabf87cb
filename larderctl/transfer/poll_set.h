// The sockets that a run waits for, and until when.
//
// Threads: one at a time.
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "base/result.h"

namespace larder::ctl {

class PollSet {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Begins anew; nothing is waited for beyond `latest`.
  void clear(Time latest);
  // Returns the place to ask was_ready() for.
  size_t add(int fd, short events);
  void wake_at(Time time) { wake_ = std::min(wake_, time); }

  // An interrupt ends it early.
  base::Outcome wait();

  bool was_ready(size_t place) const noexcept { return polled_[place].revents != 0; }

 private:
  std::vector<pollfd> polled_;
  Time wake_;
};

}  // namespace larder::ctl
