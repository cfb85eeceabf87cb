// A node of a ring, as people write it: "host:port", "host:port:weight", "[v6]:port".
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/error.h"

namespace larder::client {

// People write nodes that listen on TCP; a Unix socket can be one all the same.
struct RingNode {
  // As the other clients have it in their configuration; v6 without brackets, or a socket's path.
  std::string host;
  uint16_t port = 0;    // 0: a Unix socket
  uint32_t weight = 1;  // 0 is 1, as for libmemcached

  // "host:port" that parse_ring_node() reads back, with brackets around v6; of a Unix socket the
  // path.
  std::string text() const;

  bool is_same_server(const RingNode& other) const {
    return port == other.port && host == other.host;
  }
};

// Names are not looked up: the rings are of names.  A host is of letters, digits and ._-/%@, where
// '/' is for spymemcached's "name/address".  A weight is at least 1.
Result<RingNode> parse_ring_node(std::string_view text);

// Nodes with commas between them; at least one.
Result<std::vector<RingNode>> parse_ring_nodes(std::string_view text);

}  // namespace larder::client
