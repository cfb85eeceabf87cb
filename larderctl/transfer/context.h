// What all parts of a run share.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>

#include "larderctl/transfer/copy_state.h"
#include "larderctl/transfer/poll_set.h"
#include "larderctl/transfer/rate_limiter.h"
#include "larderctl/transfer/tally.h"

namespace larder::ctl {

struct Context {
  PollSet::Time now{};
  int64_t unix_now = 0;  // in seconds
  RateLimiter limiter{0};
  CopyState* state = nullptr;  // null: not kept
  Tally tally;
  PollSet polls;

  void read_clocks() {
    now = std::chrono::steady_clock::now();
    unix_now = std::chrono::duration_cast<std::chrono::seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count();
  }

  // 0 is never.
  bool is_over(int64_t expires) const noexcept { return expires != 0 && expires <= unix_now; }
};

}  // namespace larder::ctl
