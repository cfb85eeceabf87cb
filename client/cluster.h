// The nodes a client has, which of them are up, and which one has a key.
//
// Threads: any.  One mutex, above those of the nodes.
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

// Who has which key at one moment.  Does not change: an operation asks one for all its keys.
class Routing {
 public:
  // Fails as Ring::make() does, but for no nodes at all: that is nobody having any key.
  static Result<std::shared_ptr<const Routing>> make(RingKind kind,
                                                     std::vector<std::shared_ptr<Node>> nodes);

  const std::vector<std::shared_ptr<Node>>& nodes() const noexcept { return nodes_; }

  // The place in nodes() of the one that has `key`.  Fails if nobody is there, or that one is down.
  Result<size_t> node_of(std::string_view key) const;

 private:
  std::vector<std::shared_ptr<Node>> nodes_;
  std::vector<Ring> ring_;  // one, or none without nodes
};

class Cluster {
 public:
  // Starts with the nodes of `options`, which are version 0.  Fails, too, if the files for TLS
  // cannot be read.
  static Result<std::unique_ptr<Cluster>> make(const Options& options);

  // The routing now.  Nodes whose back-off is over are probed first, by the calling thread, for up
  // to the connect timeout each.
  std::shared_ptr<const Routing> routing();

  // Takes over another list.  A node that is in the old one too keeps its connections and health.
  // False, and nothing changes, unless `version` is greater than that of the present list.
  Result<bool> replace(uint64_t version, std::vector<NodeConfig> configs);

  const Connector& connector() const noexcept { return connector_; }
  uint64_t version() const;
  // All of them, up or not.
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
  uint64_t routed_change_ = 0;  // *change_count_ before routing_ was made
};

}  // namespace larder::client
