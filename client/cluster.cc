#include "client/cluster.h"

#include <algorithm>
#include <utility>

#include "base/assertions.h"

namespace larder::client {
namespace {

RingNode ring_node(const NodeConfig& config) {
  RingNode node;
  const Address& address = config.address;
  const bool is_path = address.kind == Address::Kind::Unix;
  node.host = !config.ring_host.empty() ? config.ring_host : is_path ? address.path : address.host;
  node.port = address.port;
  node.weight = config.weight;
  return node;
}

}  // namespace

Result<std::shared_ptr<const Routing>> Routing::make(RingKind kind,
                                                     std::vector<std::shared_ptr<Node>> nodes) {
  auto routing = std::make_shared<Routing>();
  if (!nodes.empty()) {
    std::vector<RingNode> ring_nodes;
    for (const auto& node : nodes) ring_nodes.push_back(ring_node(node->config()));
    Result<Ring> ring = Ring::make(kind, std::move(ring_nodes));
    if (!ring) return ring.error();
    routing->ring_.push_back(std::move(*ring));
  }
  routing->nodes_ = std::move(nodes);
  return std::shared_ptr<const Routing>(std::move(routing));
}

Result<size_t> Routing::node_of(std::string_view key) const {
  if (ring_.empty()) return fail(ErrorCode::NodeDown, "no node is up");
  const size_t place = ring_.front().node_of(key);
  if (nodes_[place]->is_ejected())
    return fail(ErrorCode::NodeDown, nodes_[place]->name() + ": it is down");
  return place;
}

Result<std::unique_ptr<Cluster>> Cluster::make(const Options& options) {
  if (options.nodes.empty()) return fail(ErrorCode::InvalidArgument, "no nodes to connect to");
  Result<Connector> connector = Connector::make(options.login, options.tls);
  if (!connector) return connector.error();
  std::unique_ptr<Cluster> cluster(new Cluster(options, std::move(*connector)));
  const Outcome taken = cluster->take_over(0, cluster->nodes_for(options.nodes));
  if (!taken) return taken.error();
  return cluster;
}

std::shared_ptr<const Routing> Cluster::routing() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& node : nodes()) node->probe_if_due(now, options_.connect_timeout);

  const std::lock_guard lock(mutex_);
  const uint64_t change = change_count_->load(std::memory_order_acquire);
  if (change != routed_change_) {
    Result<std::shared_ptr<const Routing>> routing = route(nodes_);
    ASSERT(routing.has_value());  // a subset of a list for which make() succeeded
    routing_ = std::move(*routing);
    routed_change_ = change;
  }
  return routing_;
}

Result<bool> Cluster::replace(uint64_t version, std::vector<NodeConfig> configs) {
  if (configs.empty()) return fail(ErrorCode::InvalidArgument, "the list of nodes is empty");
  const std::lock_guard lock(mutex_);
  if (version <= version_) return false;
  const Outcome taken = take_over(version, nodes_for(std::move(configs)));
  if (!taken) return taken.error();
  return true;
}

uint64_t Cluster::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

std::vector<std::shared_ptr<Node>> Cluster::nodes() const {
  const std::lock_guard lock(mutex_);
  return nodes_;
}

// Precondition: the mutex is held, or no other thread can reach the cluster yet.
Cluster::Nodes Cluster::nodes_for(std::vector<NodeConfig> configs) const {
  Nodes nodes;
  for (NodeConfig& config : configs) {
    const auto known = std::find_if(nodes_.begin(), nodes_.end(),
                                    [&](const auto& node) { return node->config() == config; });
    nodes.push_back(known != nodes_.end() ? *known
                                          : std::make_shared<Node>(std::move(config), options_,
                                                                   connector_, change_count_));
  }
  return nodes;
}

// Precondition: as for nodes_for().
Outcome Cluster::take_over(uint64_t version, Nodes nodes) {
  for (size_t i = 1; i < nodes.size(); ++i) {
    const bool is_known = std::any_of(nodes.begin(), nodes.begin() + i, [&](const auto& other) {
      return other->config().address == nodes[i]->config().address;
    });
    if (is_known)
      return fail(ErrorCode::InvalidArgument, nodes[i]->name() + " is in the list of nodes twice");
  }
  const uint64_t change = change_count_->load(std::memory_order_acquire);
  Result<std::shared_ptr<const Routing>> routing = route(nodes);
  if (!routing) return routing.error();
  version_ = version;
  nodes_ = std::move(nodes);
  routing_ = std::move(*routing);
  routed_change_ = change;
  return Done{};
}

Result<std::shared_ptr<const Routing>> Cluster::route(const Nodes& nodes) const {
  Nodes routed;
  for (const auto& node : nodes) {
    const bool is_off = options_.failure_mode == FailureMode::Eject && node->is_ejected();
    if (!is_off) routed.push_back(node);
  }
  return Routing::make(options_.ring, std::move(routed));
}

}  // namespace larder::client
