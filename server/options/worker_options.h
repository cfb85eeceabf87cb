// Options of connections and worker threads, and of what they measure.
//
// Threads: plain values.
#pragma once

namespace larder::server {

struct WorkerOptions {
  int connection_count_max = 1024;  // -c
  // -o maxconns_fast: send an error and close instead of waiting.
  bool refuses_excess_connections = true;
  int idle_timeout_seconds = 0;     // -o idle_timeout; 0: no timeout
  int worker_count = 1;             // -t; set by parse_command_line: one per usable core
  bool measures_latency = true;     // not -o no_latency
  bool counts_hot_keys = false;     // -o hot_keys, for `stats hotkeys`
  bool estimates_curve = false;     // -o miss_ratio_curve, for `stats curve`
  int requests_per_turn_max = 512;  // -R; memcached's default 20 would split deep pipelines
};

}  // namespace larder::server
