// Sends requests to the nodes that have their keys, and collects the replies.
//
// Threads: any, at the same time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "client/cluster.h"
#include "client/error.h"
#include "client/meta_reply.h"
#include "client/meta_request.h"
#include "client/options.h"

namespace larder::client {

class RoundTrip {
 public:
  // `cluster` must outlive it.
  RoundTrip(Cluster& cluster, const Options& options)
      : cluster_(cluster),
        connect_timeout_(options.connect_timeout),
        request_timeout_(options.request_timeout) {}

  // Returns a reply or an error for each request, in order; never a reply of Code::Fence.
  //
  // The requests to a node are sent together on one connection, and all nodes are sent their
  // requests before any reply is read.  This takes at most the request timeout, preceded by up to
  // one connect timeout for each node without an idle connection, one node after another.
  //
  // An error does not tell whether the request was executed.
  std::vector<Result<MetaReply>> run(std::span<const MetaRequest> requests);

 private:
  Cluster& cluster_;
  const std::chrono::milliseconds connect_timeout_;
  const std::chrono::milliseconds request_timeout_;
  std::atomic<uint64_t> next_opaque_{1};
};

}  // namespace larder::client
