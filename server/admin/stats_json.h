// The page /stats.json: `stats` and its topics as one JSON object, with the histograms behind
// `stats latency`.
//
//   {"stats": {...}, "items": {"<class>": {...}, ...}, "slabs": {"<class>": {...}, ...,
//    "active_slabs": n, "total_malloced": n}, "settings": {...}, "larder": {...},
//    "latency": {"enabled": true, "kinds": {"get": {"count": n, "p50_us": n, ...,
//     "buckets_ns": [[longest, count], ...]}, ...}},
//    "workers": [{...}, ...],
//    "hot_keys": {"enabled": true, "keys": [{"key": "...", "requests_per_second": 12.3}, ...]},
//    "miss_ratio_curve": {"enabled": true, "sampled_requests": n, "sampling_rate": 0.25,
//     "points": [{"memory_factor": 0.25, "memory_bytes": n, "hit_ratio": 0.61}, ...]},
//    "process": {"host": "...", "node": "...", "is_draining": false, "cpu_seconds": 1.2,
//     "resident_bytes": n, "open_descriptors": n, "descriptor_limit": n}}
//
// "keys" has the first 20 hot keys, encoded as in metadump; "points" is empty before the first get.
//
// Values that are numbers in the replies of the commands are JSON numbers, all others are strings.
// A member always has the same type: arbitrary text, such as a file name, is a string even if it
// looks like a number.
//
// Threads: pure function.
#pragma once

#include <string>

#include "server/admin/process_usage.h"
#include "server/admin/stats_snapshot.h"

namespace larder::server {

// Figures that no command shows.
struct ServerState {
  std::string host = {};  // the host name of this machine
  std::string node = {};  // <host>:<port> of --advertise; empty without it
  bool is_draining = false;
  ProcessUsage usage = {};
};

std::string stats_json(const StatsSnapshot& stats, const ServerState& state = {});

}  // namespace larder::server
