// The nodes of a cluster and their status, as JSON.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larderctl/node_status.h"

namespace larder::ctl {

// Returns an object and a line feed.  Unknown numbers are null; bytes that are not valid UTF-8 are
// replaced.
std::string nodes_json(uint64_t cluster_version, const std::vector<NodeStatus>& nodes);

}  // namespace larder::ctl
