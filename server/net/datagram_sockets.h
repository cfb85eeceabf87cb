// UDP sockets: one per worker and address.  The kernel distributes clients over them.
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

// The UDP socket of one worker.
struct DatagramSocket {
  base::UniqueFd fd;  // bound, non-blocking
  WireProtocol protocol = WireProtocol::Auto;
};

// An address with one socket per worker.
struct DatagramAddress {
  bool is_ipv6 = false;
  uint16_t port = 0;
  std::vector<DatagramSocket> sockets;
};

// Binds all addresses of options.udp_addresses; empty without -U.  An error says what could not be
// bound and why.
base::Result<std::vector<DatagramAddress>> bind_datagram_sockets(const ListenOptions& options,
                                                                 int worker_count);

}  // namespace larder::server
