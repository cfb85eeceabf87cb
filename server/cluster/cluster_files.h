// The files behind the list of a cluster's nodes: what an operator has written, and the state that
// keeps its version from falling.
//
// Threads: any, one at a time for each file.
#pragma once

#include <optional>
#include <string>

#include "base/cluster_text.h"
#include "base/result.h"

namespace larder::server {

// One node a line, as parse_cluster_node() has it; empty lines, and what stands behind a '#', mean
// nothing.
base::Result<base::ClusterNodes> read_nodes_file(const std::string& path);

// The state: the version and the nodes as on the wire, or an empty line for no nodes.
// Nothing if there is no such file; an Error if it is none of ours.
base::Result<std::optional<base::Cluster>> read_cluster_state(const std::string& path);

// On the disk when it returns; whoever reads meanwhile finds the old state or the new one.
base::Outcome write_cluster_state(const std::string& path, const base::Cluster& state);

}  // namespace larder::server
