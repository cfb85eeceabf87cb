// A node of a ring in its text form: "host:port", "host:port:weight" or "[v6]:port".
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/error.h"

namespace larder::client {

// The text form is for nodes that listen on TCP; a RingNode can also be a Unix socket.
struct RingNode {
  // As configured in the other clients: IPv6 without brackets, or a socket's path.
  std::string host;
  uint16_t port = 0;    // 0: a Unix socket
  uint32_t weight = 1;  // 0 counts as 1, as in libmemcached

  // "host:port", with brackets around IPv6, which parse_ring_node() reads back; for a Unix socket
  // the path.
  std::string text() const;

  bool is_same_server(const RingNode& other) const {
    return port == other.port && host == other.host;
  }
};

// Names are not looked up, because rings are computed from names.  A host consists of letters,
// digits and ._-/%@; '/' is for spymemcached's "name/address".  A weight is at least 1.
Result<RingNode> parse_ring_node(std::string_view text);

// One or more nodes, separated by commas.
Result<std::vector<RingNode>> parse_ring_nodes(std::string_view text);

}  // namespace larder::client
