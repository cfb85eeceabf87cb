// The state and functions that Client's operations share: sending requests, and the list of nodes.
//
// Private to the library: client.h, which applications include, only declares the name.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/client.h"
#include "client/cluster.h"
#include "client/discovery.h"
#include "client/meta_reply.h"
#include "client/meta_request.h"
#include "client/round_trip.h"

namespace larder::client {

class ClientCore {
 public:
  ClientCore(Options options, std::unique_ptr<Cluster> cluster)
      : options_(std::move(options)),
        cluster_(std::move(cluster)),
        round_trip_(*cluster_, options_) {}

  const Options& options() const noexcept { return options_; }
  Cluster& cluster() noexcept { return *cluster_; }

  Result<MetaReply> ask(MetaRequest request);
  std::vector<Result<MetaReply>> ask_all(std::span<const MetaRequest> requests) {
    return round_trip_.run(requests);
  }
  Result<WriteOutcome> write(std::string_view key, std::string_view value, std::string flags);
  std::vector<Result<WriteOutcome>> write_all(std::span<const MetaRequest> requests);

  // Gives a claim back, so that another client can fetch the value.
  void give_back(std::string_view key, const MetaReply& claim);

  // Client::poll().
  Result<bool> poll();

 private:
  std::vector<NodeConfig> nodes_to_poll() const;
  Result<ClusterText> ask_for_nodes(const NodeConfig& node) const;

  const Options options_;
  const std::unique_ptr<Cluster> cluster_;
  RoundTrip round_trip_;
  std::atomic<size_t> poll_count_{0};
};

// The error for a reply that does not fit the request.
Error unexpected(const MetaReply& reply);

// The meta flags of a write.
std::string write_flags(const WriteOptions& options);

}  // namespace larder::client
