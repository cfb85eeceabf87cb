// How the nodes of a cluster are: what each answers when it is asked.
//
// Threads: plain values; ask_nodes() has threads of its own, which end before it returns.
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

// Rows of `stats` and `stats larder`; nothing where a server has no such row.
struct NodeStats {
  std::string version;         // of memcached's protocol
  std::string larder_version;  // empty for others
  std::optional<uint64_t> uptime_seconds, get_hits, get_misses, items, bytes, limit_bytes,
      connections, evictions;

  // Nothing before the first get.
  std::optional<double> hit_ratio() const;
};

enum class Health : uint8_t {
  Up,
  Draining,  // it answers, and is not on its own list
  Down,
};

std::string_view name_of(Health health);

struct NodeStatus {
  client::ClusterNode node;
  Health health = Health::Down;
  std::string reason;  // why it is down
  NodeStats stats;
  std::optional<uint64_t> list_version;  // of the node's own list; nothing if it tells none

  std::string name() const;
};

// The list of the first endpoint that tells one.
base::Result<client::ClusterText> fetch_cluster(const std::vector<client::Address>& endpoints,
                                                const Access& access);

// In the list's order; all are asked at the same time.
std::vector<NodeStatus> ask_nodes(const client::ClusterText& cluster, const Access& access);

}  // namespace larder::ctl
