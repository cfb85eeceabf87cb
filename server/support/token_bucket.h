// A token bucket: limits events to a steady rate, with bursts after a pause.
//
// Its only state is the time at which the bucket will be full again, so taking a token is one
// compare-and-exchange, and a refusal is one load.
//
// Threads: any; times are nanoseconds of one monotonic clock.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace larder::server {

class TokenBucket {
 public:
  // Adds a token every `interval_ns` and holds at most `burst` tokens; full at first.
  constexpr TokenBucket(int64_t interval_ns, int64_t burst) noexcept
      : interval_ns_(interval_ns), burst_(burst) {}

  // Takes a token; returns false if there is none.
  bool take(int64_t now_ns) noexcept {
    int64_t full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
      const int64_t full_then = std::max(full_at, now_ns) + interval_ns_;
      if (full_then - now_ns > burst_ * interval_ns_) return false;
      if (full_at_.compare_exchange_weak(full_at, full_then, std::memory_order_relaxed)) {
        return true;
      }
    }
  }

  bool is_full(int64_t now_ns) const noexcept {
    return full_at_.load(std::memory_order_relaxed) <= now_ns;
  }

 private:
  const int64_t interval_ns_;
  const int64_t burst_;
  std::atomic<int64_t> full_at_{0};
};

}  // namespace larder::server
