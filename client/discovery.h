// Asks a server which nodes its cluster has.
//
// Threads: pure functions, but for the connection: one at a time.
#pragma once

#include "base/result.h"
#include "client/cluster_text.h"
#include "client/connection.h"

namespace larder::client {

// Sends `config get cluster`.  Fails if the server knows no such command, has no cluster, or says
// what is no list of nodes; the connection is then of no use.
base::Result<ClusterText> ask_for_cluster(Connection& connection, Deadline deadline);

}  // namespace larder::client
