// The timeouts of one worker's connections: idle clients, if there is a limit; dumps that are not
// read; TLS handshakes that do not finish.
//
// Threads: one owner, the worker.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "server/support/worker_counters.h"
#include "server/worker/connection_set.h"

namespace larder::server {

class ConnectionTimeouts {
 public:
  // References must outlive this object.  `idle_seconds_max`: 0 means no limit.
  ConnectionTimeouts(ConnectionSet& connections, WorkerCounters& counters,
                     base::Time idle_seconds_max) noexcept
      : connections_(connections), counters_(counters), idle_seconds_max_(idle_seconds_max) {}

  void start(int64_t monotonic_ns) noexcept { last_check_ns_ = monotonic_ns; }
  // Closes connections whose time is up.  Called once per second after start(); time in which it
  // was not called does not count.
  void check(int64_t monotonic_ns, base::Time now);

 private:
  base::Time take_missed_seconds(int64_t monotonic_ns);
  void excuse(base::Time seconds, base::Time now);
  void close_idle(base::Time now);
  void close_stalled_dumps(base::Time now);
  void close_stalled_handshakes(base::Time now);

  ConnectionSet& connections_;
  WorkerCounters& counters_;
  const base::Time idle_seconds_max_;
  base::Time next_idle_at_ = 0;  // no idle timeout expires before then
  int64_t last_check_ns_ = 0;
};

}  // namespace larder::server
