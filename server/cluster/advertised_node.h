// How this node stands on the list of its cluster.
//
// Threads: any; asks the name service, which may take its time.
#pragma once

#include "base/cluster_text.h"

namespace larder::server {

// A node without an ip gets the first IPv4 address that its host's name has, or else the first one
// of any kind; none if it has none now.
base::ClusterNode with_ip(base::ClusterNode advertised);

}  // namespace larder::server
