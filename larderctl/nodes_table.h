// The nodes of a cluster, and how they are, as a table for people.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larderctl/node_status.h"

namespace larder::ctl {

// A line for the whole, and a row for each node.
std::string nodes_table(uint64_t cluster_version, const std::vector<NodeStatus>& nodes);

}  // namespace larder::ctl
