// From the exptime a client sends to a moment on the server's clock.
//
// Rules as upstream's: 0 is never; up to 30 days is relative; more is Unix time; what is negative
// or lies before the start of the process is dead at once.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace larder::server {

inline constexpr int64_t kRelativeExptimeMax = int64_t{60} * 60 * 24 * 30;

// A moment that has always passed.
inline constexpr base::Time kLongDead = 1;
static_assert(kLongDead < base::Clock::kStartSeconds);

inline base::Time moment_of(int64_t exptime, const base::Clock& clock, base::Time now) noexcept {
  if (exptime == 0) return 0;
  if (exptime < 0) return kLongDead;
  if (exptime <= kRelativeExptimeMax) return now + static_cast<base::Time>(exptime);
  const int64_t moment = exptime - clock.unix_zero();
  return moment <= base::Clock::kStartSeconds ? kLongDead : static_cast<base::Time>(moment);
}

}  // namespace larder::server
