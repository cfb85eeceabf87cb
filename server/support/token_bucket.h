// How often something may happen: at a steady rate, and a few times at once after a rest.
//
// It keeps one number, the time at which it would be full again, so that taking is one exchange of
// it, and refusing one look.
//
// Threads: any; times are nanoseconds of one steady clock.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace larder::server {

class TokenBucket {
 public:
  // A token every `interval_ns`, and at most `burst` of them at once; full at first.
  constexpr TokenBucket(int64_t interval_ns, int64_t burst) noexcept
      : interval_ns_(interval_ns), burst_(burst) {}

  // Whether there was a token; it is gone then.
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

 private:
  const int64_t interval_ns_;
  const int64_t burst_;
  std::atomic<int64_t> full_at_{0};
};

}  // namespace larder::server
