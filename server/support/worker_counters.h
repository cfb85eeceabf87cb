// What one worker counts.  Sums over workers are what `stats` shows.
//
// Threads: written by that worker only; read by anyone, slightly stale.
#pragma once

#include <array>
#include <cstddef>

#include "base/counter.h"
#include "server/support/latency.h"
#include "slab/limits.h"

namespace larder::server {

// By size class.
struct ClassTraffic {
  base::OwnedCounter get_hits;
  base::OwnedCounter sets;        // that name no CAS id
  base::OwnedCounter touch_hits;  // of `touch`
  base::OwnedCounter delete_hits;
  base::OwnedCounter incr_hits;
  base::OwnedCounter decr_hits;
  base::OwnedCounter cas_hits;
  base::OwnedCounter cas_bad_values;
};
static_assert(sizeof(ClassTraffic) == 64, "a hit touches one line");

// By size class, what memcached counts together with the above although it is something else.
struct ClassRareTraffic {
  base::OwnedCounter created_gets;     // meta gets that made their item (N): counted as get_hits
  base::OwnedCounter touching_gets;    // gets that found and touched their item: as touch_hits
  base::OwnedCounter created_touched;  // both N and T: as touch_hits
  base::OwnedCounter cas_misses;       // that found no item of their key
  base::OwnedCounter cas_sets;         // sets that name a CAS id: as cmd_set, cas_hits and so on
};

struct alignas(64) WorkerCounters {
  base::OwnedCounter get_misses;
  base::OwnedCounter get_expired;
  base::OwnedCounter get_flushed;
  base::OwnedCounter touch_misses;         // of `touch`
  base::OwnedCounter touching_get_misses;  // of gat and its like: counted as touch_misses
  base::OwnedCounter delete_misses;
  base::OwnedCounter incr_misses;
  base::OwnedCounter decr_misses;
  base::OwnedCounter cas_misses;
  base::OwnedCounter flush_commands;  // those that were refused among them
  base::OwnedCounter flushes;
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
  std::array<ClassRareTraffic, slab::kClassCountMax + 1> rare;
  WorkerLatencies latencies;
};

}  // namespace larder::server
