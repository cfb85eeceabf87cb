// Connections, the threads that serve them, and what those measure.
//
// Threads: plain values.
#pragma once

namespace larder::server {

struct WorkerOptions {
  int connection_count_max = 1024;         // -c
  bool refuses_excess_connections = true;  // -o maxconns_fast: answer and close, do not wait
  int idle_timeout_seconds = 0;            // -o idle_timeout; 0: connections may idle for ever
  int worker_count = 1;                    // -t; parse_command_line: one per usable core
  bool measures_latency = true;            // not -o no_latency
  bool counts_hot_keys = false;            // -o hot_keys, for `stats hotkeys`
  bool estimates_curve = false;            // -o miss_ratio_curve, for `stats curve`
  int requests_per_turn_max = 512;         // -R; memcached's 20 would cut deep pipelines
};

}  // namespace larder::server
