// The status of a cluster's nodes: queries each node and collects the results.
//
// Threads: plain values; ask_nodes() uses its own threads, which end before it returns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/address.h"
#include "client/discovery.h"
#include "larderctl/endpoints.h"

namespace larder::ctl {

// Rows of `stats` and `stats larder`; empty if the server does not have such a row.
struct NodeStats {
  std::string version;         // the version of memcached that is reported to clients
  std::string larder_version;  // empty for other servers
  std::optional<uint64_t> uptime_seconds, get_hits, get_misses, items, bytes, limit_bytes,
      connections, evictions;

  // Nothing before the first get.
  std::optional<double> hit_ratio() const;
};

enum class Health : uint8_t {
  Up,
  Draining,  // it responds, but is not on its own list of nodes
  Down,
};

std::string_view name_of(Health health);

struct NodeStatus {
  client::ClusterNode node;
  Health health = Health::Down;
  std::string reason;  // why the node is down
  NodeStats stats;
  std::optional<uint64_t> list_version;  // of the node's own list; nothing if it reports none

  std::string name() const;
};

// The list of nodes from the first endpoint that provides one.
base::Result<client::ClusterText> fetch_cluster(const std::vector<client::Address>& endpoints,
                                                const Access& access);

// In the order of the list; all nodes are queried at the same time.
std::vector<NodeStatus> ask_nodes(const client::ClusterText& cluster, const Access& access);

}  // namespace larder::ctl
