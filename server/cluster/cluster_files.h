// The files of the cluster's node list: the operator's nodes file, and the state file, which keeps
// the version of the list from decreasing.
//
// Threads: any, one at a time per file.
#pragma once

#include <optional>
#include <string>

#include "base/cluster_text.h"
#include "base/result.h"

namespace larder::server {

// One node per line, in the format of parse_cluster_node(); empty lines and comments after '#' are
// ignored.
base::Result<base::ClusterNodes> read_nodes_file(const std::string& path);

// The state file holds the version and the nodes in wire format, or an empty line for no nodes.
// Returns nullopt if the file does not exist, and an Error if its format is invalid.
base::Result<std::optional<base::Cluster>> read_cluster_state(const std::string& path);

// Replaces the file atomically.  The data is on disk when the function returns.
base::Outcome write_cluster_state(const std::string& path, const base::Cluster& state);

}  // namespace larder::server
