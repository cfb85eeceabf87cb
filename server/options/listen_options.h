// The addresses on which the server listens.
//
// Threads: plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/options/listen_address.h"

namespace larder::server {

struct ListenOptions {
  int tcp_port = 11211;    // -p; -1: the system chooses; 0: no TCP
  int udp_port = 0;        // -U; -1: the system chooses; 0: no UDP
  std::string interfaces;  // -l as given, joined by commas; empty: not given
  // The addresses to bind; empty with -p 0 or -s alone.
  std::vector<ListenAddress> listen_addresses;
  std::vector<ListenAddress> udp_addresses;    // the same for -U
  std::string unix_socket_path;                // -s; the only listener without -p and -l
  int unix_socket_mode = 0700;                 // -a, the permission bits of the socket file
  int listen_backlog = 1024;                   // -b
  WireProtocol protocol = WireProtocol::Auto;  // -B, for listeners without a protocol of their own
  std::optional<ListenAddress> http_address;   // --http; none: no HTTP
};

}  // namespace larder::server
