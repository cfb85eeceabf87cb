// A client's identity, for the log and for watchers.
//
// Threads: its worker's.
#pragma once

#include <memory>
#include <string>

#include "server/net/peer_address.h"

namespace larder::server {

struct Client {
  int descriptor = -1;  // of the connection; for UDP that of the socket
  PeerAddress peer;
  std::unique_ptr<const std::string> user;  // the user name; null: not logged in
};

}  // namespace larder::server
