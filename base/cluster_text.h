// The list of a cluster's nodes, in the wire format of ElastiCache's Auto Discovery and in the
// format of options and files.
//
//   12\n                                                            a version, never decreasing
//   a.example.com|10.0.0.1|11211 b.example.com|10.0.0.2|11211\n     nodes, by host name
//
// Each of these rules prevents some client from losing a node or the list: a host consists of
// letters, digits, '-' and '.' and contains a dot, or is a literal address; it does not contain END
// or CONFIG; the IP address is a literal, or is empty; nodes are separated by one space, without a
// trailing space.  docs/cluster.md says which client needs which rule.
//
// Threads: plain values and pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::base {

struct ClusterNode {
  std::string host;
  std::string ip;  // empty: not given
  uint16_t port = 0;

  friend bool operator==(const ClusterNode&, const ClusterNode&) = default;
};

using ClusterNodes = std::vector<ClusterNode>;

struct Cluster {
  uint32_t version = 0;
  ClusterNodes nodes;

  friend bool operator==(const Cluster&, const Cluster&) = default;
};

// Clients store the version as a signed 32-bit number.
inline constexpr uint32_t kClusterVersionMax = 0x7fffffff;
inline constexpr size_t kClusterTextSizeMax = 65536;
// The limit of libmemcached, which refuses a longer text.
inline constexpr size_t kClusterTextSizeSafe = 8196;

// Parses "host:port" or "host:port|ip", with an IPv6 host in brackets.  If the host is a literal
// address, it is also the IP address.
Result<ClusterNode> parse_cluster_node(std::string_view text);

// Sorts the nodes for the wire format: by host name, bytewise, then by port.  Fails if the list is
// empty, contains a duplicate or an invalid node, or if its text would be too long.
Result<ClusterNodes> arrange_cluster_nodes(ClusterNodes nodes);

// Parses 1 to kClusterVersionMax in decimal, without leading zeros.
Result<uint32_t> parse_cluster_version(std::string_view text);

// Precondition: the nodes are arranged.
std::string format_cluster(const Cluster& cluster);

// Parses the format of format_cluster(), with the nodes in any order.
Result<Cluster> parse_cluster(std::string_view text);

// The reply of any server to `config get cluster`.
struct ClusterText {
  uint64_t version = 0;
  ClusterNodes nodes;  // at least one, in the text's order
};

// Parses such a reply, for clients.  Accepts more than parse_cluster(), which is strict for the
// sake of other clients: any host and ip, any version, line ends "\r\n", blanks and empty lines at
// the end.
Result<ClusterText> read_cluster_text(std::string_view text);

}  // namespace larder::base
