// The counters of one worker.  `stats` shows the sums over all workers.
//
// Threads: written by that worker only; read by any thread, slightly stale.
#pragma once

#include <array>
#include <cstddef>

#include "base/counter.h"
#include "server/support/latency.h"
#include "slab/limits.h"

namespace larder::server {

// Per size class.
struct ClassTraffic {
  base::OwnedCounter get_hits;
  base::OwnedCounter sets;        // without a CAS id
  base::OwnedCounter touch_hits;  // of `touch`
  base::OwnedCounter delete_hits;
  base::OwnedCounter incr_hits;
  base::OwnedCounter decr_hits;
  base::OwnedCounter cas_hits;
  base::OwnedCounter cas_bad_values;
};
static_assert(sizeof(ClassTraffic) == 64, "a hit touches one cache line");

// Per size class: events that memcached includes in the counters above.
struct ClassRareTraffic {
  base::OwnedCounter created_gets;     // meta gets that created the item (N): shown as get_hits
  base::OwnedCounter touching_gets;    // gets that found and touched the item: as touch_hits
  base::OwnedCounter created_touched;  // both N and T: as touch_hits
  base::OwnedCounter cas_misses;       // no item with that key
  base::OwnedCounter cas_sets;         // sets with a CAS id: as cmd_set, cas_hits and so on
};

struct alignas(64) WorkerCounters {
  base::OwnedCounter get_misses;
  base::OwnedCounter get_expired;
  base::OwnedCounter get_flushed;
  base::OwnedCounter touch_misses;         // of `touch`
  base::OwnedCounter touching_get_misses;  // of gat and similar: shown as touch_misses
  base::OwnedCounter delete_misses;
  base::OwnedCounter incr_misses;
  base::OwnedCounter decr_misses;
  base::OwnedCounter cas_misses;
  base::OwnedCounter flush_commands;  // including refused ones
  base::OwnedCounter flushes;
  base::OwnedCounter config_get_commands;  // including gets of the key with the node list
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
  base::OwnedCounter tls_handshakes;       // gauge: unfinished handshakes
  base::OwnedCounter idle_kicks;           // connections closed because they were idle
  base::OwnedCounter backlog_bytes;        // gauge: replies that wait for slow clients
  base::OwnedCounter tail_bytes;           // gauge: incomplete requests
  base::OwnedCounter tail_count;           // gauge: connections with an incomplete request
  std::array<ClassTraffic, slab::kClassCountMax + 1> classes;
  std::array<ClassRareTraffic, slab::kClassCountMax + 1> rare;
  WorkerLatencies latencies;
};

}  // namespace larder::server
