// Asks a server which nodes its cluster has.
//
// Threads: pure functions, but for the connection: one at a time.
#pragma once

#include "base/cluster_text.h"
#include "client/connection.h"
#include "client/error.h"

namespace larder::client {

using base::ClusterNode;
using base::ClusterText;

// Sends `config get cluster`.  Fails if the server knows no such command, has no cluster, or says
// what is no list of nodes; the connection is then of no use.
Result<ClusterText> ask_for_cluster(Connection& connection, Deadline deadline);

}  // namespace larder::client
