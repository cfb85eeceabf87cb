// The page /stats.json: what `stats` and its topics say, as one JSON object, and the histograms
// behind `stats latency`.
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
// Of hot keys there are the first 20, shown as metadump shows keys; points are none before there
// was a get.
//
// Values that are numbers in the commands' answers are JSON numbers, everything else is a string.
// A name has one type in every answer: what could be any text, as the name of a file, is a string
// even when it looks like a number.
//
// Threads: pure function.
#pragma once

#include <string>

#include "server/admin/process_usage.h"
#include "server/admin/stats_snapshot.h"

namespace larder::server {

// What the commands do not say.
struct ServerState {
  std::string host = {};  // what this machine calls itself
  std::string node = {};  // <host>:<port> of --advertise; empty without it
  bool is_draining = false;
  ProcessUsage usage = {};
};

std::string stats_json(const StatsSnapshot& stats, const ServerState& state = {});

}  // namespace larder::server
