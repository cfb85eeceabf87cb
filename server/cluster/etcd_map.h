// The cluster map as stored in etcd, "<version>\n<node> <node>...\n" with nodes
// "<host>|<ip>|<port>" sorted by host and port, and the computation of the next map.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cluster_text.h"

namespace larder::server {

using base::ClusterNode;

// "host|ip|port"
std::string text_of(const ClusterNode& node);
std::optional<ClusterNode> parse_node(std::string_view text);
// "host:port", which identifies a node.
std::string address_of(const ClusterNode& node);

struct EtcdMap {
  // Version 1 is used by a node that knows only itself; every map of a cluster is newer.
  static constexpr uint32_t kFirstVersion = 2;
  static constexpr uint32_t kVersionMax = 0x7fffffff;  // clients store 31 bits

  uint32_t version = 0;
  std::vector<ClusterNode> nodes;  // not empty

  bool operator==(const EtcdMap&) const = default;
};

std::string text_of(const EtcdMap& map);
std::optional<EtcdMap> parse_map(std::string_view text);

// The state of the cluster as one node sees it.
struct EtcdView {
  std::vector<ClusterNode> registered;
  std::optional<EtcdMap> map;   // in etcd
  std::optional<EtcdMap> last;  // the map that this node publishes to its clients
  // Whether nodes without a registration may be removed, instead of being expected to return.
  bool may_remove = false;
  const ClusterNode* leaving = nullptr;  // is not treated as registered
};

// The map that must replace the one in etcd; nullopt if that is correct, or if no node is
// registered.  Its version is higher than those of `map` and `last`, except when etcd has lost the
// map and `last` is written again.
std::optional<EtcdMap> map_to_write(const EtcdView& view);

}  // namespace larder::server
