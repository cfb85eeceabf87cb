// The nodes of a cluster and their status, as a table in text form.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "larderctl/node_status.h"

namespace larder::ctl {

// One line for the cluster and one row per node.
std::string nodes_table(uint64_t cluster_version, const std::vector<NodeStatus>& nodes);

}  // namespace larder::ctl
