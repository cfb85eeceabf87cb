// The moment at which an operation gives up, and waiting until then.
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

// Waits until something has come about that `watched` asks for, or is to be told of; its `revents`
// say what, as poll(2) does.
Outcome wait_for(std::span<pollfd> watched, Deadline deadline);

// Waits until `fd` is ready for `events`, or has failed: the next call on it tells.
Outcome wait_for(int fd, short events, Deadline deadline);

}  // namespace larder::client
