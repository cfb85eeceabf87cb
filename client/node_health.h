// Decides whether a node is down.
//
// A number of consecutive failures ejects the node for a back-off time, after which one probe may
// check whether it is back.  Each ejection doubles the next back-off, until the node has served a
// request.
//
// Threads: one at a time.  The caller supplies the time and the random numbers.
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
  // When the next probe is due.  Precondition: is_ejected().
  Time due() const noexcept { return due_; }
  uint32_t failures() const noexcept { return failures_; }

  // Report the outcome of a request.  Outcomes that arrive while the node is ejected change
  // nothing.  `chance` is a random number in [0, 1).
  void note_success() noexcept;
  void note_failure(Time now, double chance) noexcept;

  // True if the caller is to probe and then to call end_probe().
  bool begin_probe(Time now) noexcept;
  void end_probe(bool has_answered, Time now, double chance) noexcept;

 private:
  void eject(Time now, double chance) noexcept;

  HealthOptions options_;
  uint32_t failures_ = 0;
  uint32_t ejections_ = 0;  // since the node last served a request
  bool is_ejected_ = false;
  bool is_probed_ = false;
  Time due_{};
};

}  // namespace larder::client
