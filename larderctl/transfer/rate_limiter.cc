#include "larderctl/transfer/rate_limiter.h"

#include <algorithm>

namespace larder::ctl {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kSecond = std::chrono::seconds(1);
constexpr nanoseconds kBurst = kSecond / 10;

}  // namespace

RateLimiter::RateLimiter(uint64_t per_second) noexcept
    : pause_(per_second == 0
                 ? nanoseconds(0)
                 : kSecond / static_cast<int64_t>(std::min<uint64_t>(per_second, kSecond.count()))),
      burst_(std::max(kBurst - pause_, nanoseconds(0))) {}

bool RateLimiter::take(Time now) noexcept {
  if (pause_ == nanoseconds(0)) return true;
  if (due_ > now) return false;
  due_ = std::max(due_, now - burst_) + pause_;
  return true;
}

}  // namespace larder::ctl
