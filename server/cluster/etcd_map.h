// The map of a cluster as etcd keeps it, "<version>\n<node> <node>...\n" with nodes
// "<host>|<ip>|<port>" by host and port, and what the next one has to be.
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
// "host:port", by which a node is known.
std::string address_of(const ClusterNode& node);

struct EtcdMap {
  // Version 1 is for whoever knows only itself: any map of a cluster is newer.
  static constexpr uint32_t kFirstVersion = 2;
  static constexpr uint32_t kVersionMax = 0x7fffffff;  // clients have 31 bits for it

  uint32_t version = 0;
  std::vector<ClusterNode> nodes;  // not empty

  bool operator==(const EtcdMap&) const = default;
};

std::string text_of(const EtcdMap& map);
std::optional<EtcdMap> parse_map(std::string_view text);

// What one node sees.
struct EtcdView {
  std::vector<ClusterNode> registered;
  std::optional<EtcdMap> map;   // in etcd
  std::optional<EtcdMap> last;  // that this node tells its clients
  // Whether who is not registered is gone, and not only about to come back.
  bool may_remove = false;
  const ClusterNode* leaving = nullptr;  // does not count as registered
};

// The map that has to be written instead of the one in etcd; none if that is right, or if nobody
// is registered any more.  Its version is above the one in etcd and the one that this node tells,
// unless it is the very map that this node tells and etcd has lost.
std::optional<EtcdMap> map_to_write(const EtcdView& view);

}  // namespace larder::server
