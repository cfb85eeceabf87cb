// What `larderctl snapshot-info` says of a file.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "larderctl/snapshot_scan.h"

namespace larder::ctl {

// `now_ms`: since 1970-01-01 UTC.
std::string snapshot_info_text(const SnapshotScan& scan, int64_t now_ms);
// An object, and a line feed.  What is not known is null.
std::string snapshot_info_json(const SnapshotScan& scan, int64_t now_ms);

}  // namespace larder::ctl
