// The nodes of a cluster, and how they are, as JSON for programs.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larderctl/node_status.h"

namespace larder::ctl {

// An object, and a line feed.  Numbers that are not known are null; bytes that are no UTF-8 are
// replaced.
std::string nodes_json(uint64_t cluster_version, const std::vector<NodeStatus>& nodes);

}  // namespace larder::ctl
