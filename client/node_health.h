// Whether a node counts as down.
//
// Failures in a row eject it for a back-off time; when that is over one probe may ask whether it is
// back.  Each ejection doubles the next back-off, until the node has served something again.
//
// Threads: one at a time.  Knows no clock and no chance of its own.
#pragma once

#include <chrono>
#include <cstdint>

#include "client/options.h"

namespace larder::client {

class NodeHealth {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit NodeHealth(const HealthOptions& options) : options_(options) {}

  bool is_ejected() const noexcept { return is_ejected_; }
  // When a probe is due.  Precondition: is_ejected().
  Time due() const noexcept { return due_; }
  uint32_t failures() const noexcept { return failures_; }

  // Somebody was served, or not.  What an ejected node still had under way changes nothing.
  // `chance` is a number from 0 to less than 1.
  void note_success() noexcept;
  void note_failure(Time now, double chance) noexcept;

  // True if the caller is to probe, and then to say how that went.
  bool begin_probe(Time now) noexcept;
  void end_probe(bool has_answered, Time now, double chance) noexcept;

 private:
  void eject(Time now, double chance) noexcept;

  HealthOptions options_;
  uint32_t failures_ = 0;
  uint32_t ejections_ = 0;  // since it last served
  bool is_ejected_ = false;
  bool is_probed_ = false;
  Time due_{};
};

}  // namespace larder::client
