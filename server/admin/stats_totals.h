// All counters that `stats reset` resets, summed over workers and threads.
//
// Each counter has one writer, so a reset cannot set it to 0.  Instead, the sums at the time of the
// reset are stored and subtracted from later sums.
//
// Threads: plain values; sum_totals() may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "server/log/watchers.h"
#include "server/support/latency.h"
#include "server/support/worker_counters.h"
#include "slab/store.h"

namespace larder::server {

// Figures of the parts that accept connections.
struct AcceptTotals {
  uint64_t total_connections = 0;
  uint64_t rejected_connections = 0;
  uint64_t listen_disabled_count = 0;
  uint64_t listen_disabled_us = 0;
  bool is_accepting = true;  // now
};

struct ClassTotals {
  // See ClassTraffic.
  uint64_t get_hits = 0;
  uint64_t sets = 0;
  uint64_t touch_hits = 0;
  uint64_t delete_hits = 0;
  uint64_t incr_hits = 0;
  uint64_t decr_hits = 0;
  uint64_t cas_hits = 0;
  uint64_t cas_bad_values = 0;
  // See ClassRareTraffic.
  uint64_t created_gets = 0;
  uint64_t touching_gets = 0;
  uint64_t created_touched = 0;
  uint64_t cas_misses = 0;
  uint64_t cas_sets = 0;
  // See slab::ClassCounters.
  uint64_t evicted = 0;
  uint64_t evicted_unfetched = 0;
  uint64_t evicted_nonzero = 0;
  uint64_t reclaimed = 0;
  uint64_t pages_moved = 0;
  uint64_t expired_unfetched = 0;
  uint64_t crawler_reclaimed = 0;
  uint64_t crawler_items_checked = 0;
  uint64_t out_of_memory = 0;
  uint64_t direct_reclaims = 0;

  // By memcached's way of counting.
  uint64_t all_get_hits() const { return get_hits + created_gets; }
  uint64_t all_touch_hits() const { return touch_hits + touching_gets + created_touched; }
  uint64_t all_sets() const { return sets + cas_sets; }
  // Lookups by any kind of get.
  uint64_t lookup_hits() const { return get_hits + touching_gets; }
  uint64_t created() const { return created_gets + created_touched; }
};

struct StatsTotals {
  // See WorkerCounters.
  uint64_t get_misses = 0;
  uint64_t get_expired = 0;
  uint64_t get_flushed = 0;
  uint64_t touch_misses = 0;
  uint64_t touching_get_misses = 0;
  uint64_t delete_misses = 0;
  uint64_t incr_misses = 0;
  uint64_t decr_misses = 0;
  uint64_t cas_misses = 0;
  uint64_t flush_commands = 0;
  uint64_t flushes = 0;
  uint64_t config_get_commands = 0;
  uint64_t config_set_commands = 0;
  uint64_t meta_debug_commands = 0;
  uint64_t auth_commands = 0;
  uint64_t auth_errors = 0;
  uint64_t store_too_large = 0;
  uint64_t store_no_memory = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t connection_yields = 0;
  uint64_t idle_kicks = 0;
  uint64_t tls_handshake_errors = 0;
  uint64_t tls_protocol_errors = 0;
  uint64_t tls_new_sessions = 0;
  // See slab::Store.
  uint64_t items_stored = 0;

  AcceptTotals accepts;
  WatchTotals logs;
  std::array<ClassTotals, slab::ShownClasses::kIdMax + 1> classes{};  // by shown class id
  Latencies latencies;

  ClassTotals of_all_classes() const;
  uint64_t all_touch_misses() const { return touch_misses + touching_get_misses; }
  uint64_t lookup_hits() const { return of_all_classes().lookup_hits(); }
  uint64_t lookup_misses() const {
    return get_misses + touching_get_misses + of_all_classes().created();
  }
  // Subtracts earlier totals, but from what is as it is now.
  StatsTotals& operator-=(const StatsTotals& before);
};

Latencies sum_latencies(std::span<const WorkerCounters* const> workers);

StatsTotals sum_totals(std::span<const WorkerCounters* const> workers, const slab::Store& store,
                       const AcceptTotals& accepts, const WatchTotals& logs);

}  // namespace larder::server
