// What one worker counts.  Sums over workers are what `stats` shows.
//
// Threads: written by that worker only; read by anyone, slightly stale.
#pragma once

#include <array>
#include <cstddef>

#include "base/counter.h"
#include "server/latency.h"
#include "slab/limits.h"

namespace larder::server {

// By size class.
struct ClassTraffic {
  base::OwnedCounter get_hits;
  base::OwnedCounter set_commands;
  base::OwnedCounter touch_hits;
  base::OwnedCounter delete_hits;
  base::OwnedCounter incr_hits;
  base::OwnedCounter decr_hits;
  base::OwnedCounter cas_hits;
  base::OwnedCounter cas_bad_values;
};
static_assert(sizeof(ClassTraffic) == 64, "a hit touches one line");

struct alignas(64) WorkerCounters {
  base::OwnedCounter get_misses;
  base::OwnedCounter get_expired;
  base::OwnedCounter get_flushed;
  base::OwnedCounter touch_misses;
  base::OwnedCounter delete_misses;
  base::OwnedCounter incr_misses;
  base::OwnedCounter decr_misses;
  base::OwnedCounter cas_misses;
  base::OwnedCounter flush_commands;
  base::OwnedCounter config_get_commands;  // lists of a cluster got by an ordinary key among them
  base::OwnedCounter config_set_commands;
  base::OwnedCounter meta_debug_commands;
  base::OwnedCounter auth_commands;
  base::OwnedCounter auth_errors;
  base::OwnedCounter store_too_large;
  base::OwnedCounter store_no_memory;
  base::OwnedCounter bytes_read;
  base::OwnedCounter bytes_written;
  base::OwnedCounter connection_yields;
  base::OwnedCounter tls_handshake_errors;
  base::OwnedCounter tls_protocol_errors;  // after the handshake
  base::OwnedCounter tls_new_sessions;     // not resumed; counted with -o ssl_session_cache
  base::OwnedCounter tls_handshakes;       // that have not ended; goes up and down
  base::OwnedCounter idle_kicks;           // connections closed because their client was idle
  base::OwnedCounter backlog_bytes;        // replies that wait for slow clients; goes up and down
  base::OwnedCounter tail_bytes;           // incomplete requests kept for clients; goes up and down
  base::OwnedCounter tail_count;           // connections that have such
  std::array<ClassTraffic, slab::kClassCountMax + 1> classes;
  WorkerLatencies latencies;
};

}  // namespace larder::server
