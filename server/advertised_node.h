// How this node stands on the list of its cluster.
//
// Threads: any; asks the name service, which may take its time.
#pragma once

#include "server/etcd_map.h"
#include "server/options.h"

namespace larder::server {

// With the first IPv4 address that the host's name has, or else the first one of any kind; with
// none if it has none now.
ClusterNode advertised_node(const ListenAddress& advertised);

}  // namespace larder::server
