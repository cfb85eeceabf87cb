// The list of a cluster's nodes, as ElastiCache's Auto Discovery has it on the wire and as
// operators write it.
//
//   12\n                                                            a version, which only rises
//   a.example.com|10.0.0.1|11211 b.example.com|10.0.0.2|11211\n     nodes, by host name
//
// Each rule here keeps some client from losing a node, or the list: hosts are letters, digits, '-'
// and '.', with a dot among them, or a literal address; they hold neither END nor CONFIG; an
// address is a literal, or is left out between its bars; one space stands between nodes and none
// behind. docs/cluster.md says which client asks for what.
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
  std::string ip;  // empty: not told
  uint16_t port = 0;

  friend bool operator==(const ClusterNode&, const ClusterNode&) = default;
};

using ClusterNodes = std::vector<ClusterNode>;

struct Cluster {
  uint32_t version = 0;
  ClusterNodes nodes;

  friend bool operator==(const Cluster&, const Cluster&) = default;
};

// Clients keep the version as a signed number of 32 bits.
inline constexpr uint32_t kClusterVersionMax = 0x7fffffff;
inline constexpr size_t kClusterTextSizeMax = 65536;
// What libmemcached takes; it refuses a longer text.
inline constexpr size_t kClusterTextSizeSafe = 8196;

// Reads "host:port" or "host:port|ip", an IPv6 host in brackets.  A host that is a literal address
// is its own ip.
Result<ClusterNode> parse_cluster_node(std::string_view text);

// The same nodes in the order of the wire: by host name, byte for byte, then by port.  Fails if
// there is none, one stands there twice, one breaks a rule, or their text would be too long.
Result<ClusterNodes> arrange_cluster_nodes(ClusterNodes nodes);

// 1 to kClusterVersionMax in digits, without leading zeros.
Result<uint32_t> parse_cluster_version(std::string_view text);

// Precondition: the nodes are arranged.
std::string format_cluster(const Cluster& cluster);

// Reads what format_cluster() writes, but with the nodes in any order.
Result<Cluster> parse_cluster(std::string_view text);

// What any server answers to `config get cluster`.
struct ClusterText {
  uint64_t version = 0;
  ClusterNodes nodes;  // at least one, in the text's order
};

// Reads such an answer, for clients.  What parse_cluster() refuses for the sake of other clients is
// taken here: any host and ip, any version, line ends "\r\n", blanks and empty lines at the end.
Result<ClusterText> read_cluster_text(std::string_view text);

}  // namespace larder::base
