// The page /stats.json: what `stats` and its topics say, as one JSON object, and
// the histograms behind `stats latency`.
//
//   {"stats": {...}, "items": {"<class>": {...}, ...}, "slabs": {"<class>": {...}, ...,
//    "active_slabs": n, "total_malloced": n}, "settings": {...}, "larder": {...},
//    "workers": [{...}, ...]}
//
// Values that are numbers in the commands' answers are JSON numbers, everything else is a string.
// A name has one type in every answer: what could be any text, as the name of a file, is a string
// even when it looks like a number.
//
// After "larder" comes "latency": {"enabled": true, "kinds": {"get": {"count": n, "p50_us": n, ...,
// "buckets_ns": [[longest, count], ...]}, ...}}.
//
// Threads: pure function.
#pragma once

#include <string>

#include "server/stats_snapshot.h"

namespace larder::server {

std::string stats_json(const StatsSnapshot& stats);

}  // namespace larder::server
