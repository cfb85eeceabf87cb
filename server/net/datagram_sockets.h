// UDP sockets: one for each worker at each address, between which the system spreads clients.
//
// Threads: bound before other threads exist.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "server/options/listen_options.h"

namespace larder::server {

// A UDP socket of one worker.
struct DatagramSocket {
  base::UniqueFd fd;  // bound, not blocking
  WireProtocol protocol = WireProtocol::Auto;
};

// One address and its sockets, one per worker.
struct DatagramAddress {
  bool is_ipv6 = false;
  uint16_t port = 0;
  std::vector<DatagramSocket> sockets;
};

// Every address options.udp_addresses have; empty without -U.  An error names what could not be
// bound and why.
base::Result<std::vector<DatagramAddress>> bind_datagram_sockets(const ListenOptions& options,
                                                                 int worker_count);

}  // namespace larder::server
