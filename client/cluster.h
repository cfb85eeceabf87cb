// The nodes of a client, which of them are up, and which node has a key.
//
// Threads: any.  One mutex, acquired before those of the nodes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "client/connector.h"
#include "client/error.h"
#include "client/node.h"
#include "client/options.h"
#include "client/ring.h"

namespace larder::client {

// An immutable snapshot of which node has which key.  An operation uses one for all its keys.
class Routing {
 public:
  // Fails in the same cases as Ring::make(), except that a list without nodes is allowed: no node
  // has any key then.
  static Result<std::shared_ptr<const Routing>> make(RingKind kind,
                                                     std::vector<std::shared_ptr<Node>> nodes);

  const std::vector<std::shared_ptr<Node>>& nodes() const noexcept { return nodes_; }

  // The index in nodes() of the node that has `key`.  Fails if there is no node or this one is
  // down.
  Result<size_t> node_of(std::string_view key) const;

 private:
  std::vector<std::shared_ptr<Node>> nodes_;
  std::vector<Ring> ring_;  // one, or none if there are no nodes
};

class Cluster {
 public:
  // Starts with the nodes of `options` as version 0.  Also fails if the TLS files cannot be read.
  static Result<std::unique_ptr<Cluster>> make(const Options& options);

  // The current routing.  First probes nodes whose back-off has ended, on the calling thread, for
  // up to the connect timeout each.
  std::shared_ptr<const Routing> routing();

  // Replaces the list of nodes.  A node that is in both lists keeps its connections and health.
  // Returns false and changes nothing unless `version` is greater than the current list's.
  Result<bool> replace(uint64_t version, std::vector<NodeConfig> configs);

  const Connector& connector() const noexcept { return connector_; }
  uint64_t version() const;
  // All nodes, including those that are down.
  std::vector<std::shared_ptr<Node>> nodes() const;

 private:
  using Nodes = std::vector<std::shared_ptr<Node>>;

  Cluster(const Options& options, Connector connector)
      : options_(options), connector_(std::move(connector)) {}
  Nodes nodes_for(std::vector<NodeConfig> configs) const;
  Outcome take_over(uint64_t version, Nodes nodes);
  Result<std::shared_ptr<const Routing>> route(const Nodes& nodes) const;

  const Options options_;
  const Connector connector_;
  const std::shared_ptr<std::atomic<uint64_t>> change_count_ =
      std::make_shared<std::atomic<uint64_t>>(0);

  mutable std::mutex mutex_;
  uint64_t version_ = 0;
  Nodes nodes_;
  std::shared_ptr<const Routing> routing_;
  uint64_t routed_change_ = 0;  // *change_count_ when routing_ was made
};

}  // namespace larder::client
