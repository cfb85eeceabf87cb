// Carries requests to the nodes that have their keys, and their replies back.
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
  // `cluster` lives longer.
  RoundTrip(Cluster& cluster, const Options& options)
      : cluster_(cluster),
        connect_timeout_(options.connect_timeout),
        request_timeout_(options.request_timeout) {}

  // One reply or error for each request, in their order; never a reply of Code::Fence.
  //
  // Each node is sent its requests at once, on one connection, and all nodes are sent to before any
  // is read from.  That takes the request timeout at most, after up to a connect timeout for each
  // node without an idle connection, one node after the other.
  // A failure on the way says nothing about whether the request was executed.
  std::vector<Result<MetaReply>> run(std::span<const MetaRequest> requests);

 private:
  Cluster& cluster_;
  const std::chrono::milliseconds connect_timeout_;
  const std::chrono::milliseconds request_timeout_;
  std::atomic<uint64_t> next_opaque_{1};
};

}  // namespace larder::client
