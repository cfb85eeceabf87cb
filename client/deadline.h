// The point in time at which an operation gives up, and functions that wait until then.
//
// Threads: any.
#pragma once

#include <poll.h>

#include <chrono>
#include <span>

#include "client/error.h"

namespace larder::client {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline deadline_after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// Waits until an event of `watched` occurs, and sets `revents` as poll(2) does.
Outcome wait_for(std::span<pollfd> watched, Deadline deadline);

// Waits until `fd` is ready for `events` or has failed, which the next system call on it reports.
Outcome wait_for(int fd, short events, Deadline deadline);

}  // namespace larder::client
