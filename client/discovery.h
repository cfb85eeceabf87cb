// Requests the list of a cluster's nodes from a server.
//
// Threads: pure functions, except that a connection is used by one thread at a time.
#pragma once

#include "base/cluster_text.h"
#include "client/connection.h"
#include "client/error.h"

namespace larder::client {

using base::ClusterNode;
using base::ClusterText;

// Sends `config get cluster`.  Fails if the server does not support the command, has no cluster, or
// sends an invalid list; the connection is unusable then.
Result<ClusterText> ask_for_cluster(Connection& connection, Deadline deadline);

}  // namespace larder::client
