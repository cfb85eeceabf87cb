// Measures the latency of requests: counts by kind, and logs slow ones.
//
// A turn measures how long it takes to reply to everything that a connection has sent, not each
// request.  If that is slow, the log line names the first request and the number of requests that
// share the time.  No data is kept for this: the bytes of the first request are still in the input
// buffer and are parsed again.
//
// Threads: one owner, the worker.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/request.h"
#include "server/log/log.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnLatency {
 public:
  // References must outlive this object.  Slow requests are logged only if latency is measured.
  TurnLatency(WorkerCounters& counters, Log& log, bool is_measured) noexcept
      : counters_(counters),
        log_(log),
        slow_above_ns_(log.slow_above_ns()),
        is_measured_(is_measured) {}

  // Records the start of the turn, if latency is measured, and updates `clock` to it.
  void begin_turn(ClockFollower& clock) noexcept {
    if (is_measured_) {
      began_at_ = monotonic_nanoseconds();
      clock.catch_up(began_at_);
    } else {
      clock.catch_up();
    }
  }
  int64_t began_at() const noexcept { return began_at_; }  // in nanoseconds

  bool logs_slow_requests() const noexcept { return slow_above_ns_ != Log::kNever; }

  // Records all requests of the part that were executed since the last call.
  void note(TurnPart& part);

  // Empty unless slow requests are logged and the input begins with a request with a key.
  static std::string first_key_of(const TurnPart& part);

 private:
  [[gnu::cold]] void log_slow(const TurnPart& part, uint64_t elapsed_ns);

  WorkerCounters& counters_;
  Log& log_;
  const uint64_t slow_above_ns_;
  const bool is_measured_;
  int64_t began_at_ = 0;
};

}  // namespace larder::server
