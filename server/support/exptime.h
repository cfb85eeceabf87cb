// Converts the exptime of a request to a time of the server's clock.
//
// The rules are memcached's: 0 means never; up to 30 days is relative; more is Unix time; a
// negative value, or a time before the start of the process, means already expired.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace larder::server {

inline constexpr int64_t kRelativeExptimeMax = int64_t{60} * 60 * 24 * 30;

// A time that is always in the past.
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
