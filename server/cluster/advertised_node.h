// This node's entry in the node list of its cluster.
//
// Threads: any; resolves names, which may block.
#pragma once

#include "base/cluster_text.h"

namespace larder::server {

// Resolves the host name of a node without an IP address: to its first IPv4 address, or else to its
// first address of any family.  The IP address stays empty if the name cannot be resolved.
base::ClusterNode with_ip(base::ClusterNode advertised);

}  // namespace larder::server
