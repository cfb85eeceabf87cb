// How long to wait so that bytes are written at a given rate.
//
// Threads: one at a time.  Pure: the caller has the clock, and waits.
#pragma once

#include <chrono>
#include <cstdint>

namespace larder::snapshot {

class Pace {
 public:
  using Duration = std::chrono::nanoseconds;

  // 0: no limit.
  explicit Pace(uint64_t bytes_per_second) noexcept : bytes_per_second_(bytes_per_second) {}

  // After `bytes` in all and `elapsed` since the beginning.  What was not used is not made up for:
  // a pause does not allow a burst of more than a tenth of a second.
  Duration wait_after(uint64_t bytes, Duration elapsed) noexcept {
    if (bytes_per_second_ == 0) return Duration::zero();
    due_ += Duration(static_cast<int64_t>(static_cast<double>(bytes - bytes_) * 1e9 /
                                          static_cast<double>(bytes_per_second_)));
    bytes_ = bytes;
    if (due_ < elapsed - kBurst) due_ = elapsed - kBurst;
    return due_ > elapsed ? due_ - elapsed : Duration::zero();
  }

 private:
  static constexpr Duration kBurst = std::chrono::milliseconds(100);

  uint64_t bytes_per_second_;
  uint64_t bytes_ = 0;
  Duration due_{};
};

}  // namespace larder::snapshot
