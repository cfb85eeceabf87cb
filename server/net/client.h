// Who a client is, for the log and for those who watch.
//
// Threads: its worker's.
#pragma once

#include <memory>
#include <string>

#include "server/net/peer_address.h"

namespace larder::server {

struct Client {
  int descriptor = -1;  // of its connection; of UDP the socket's
  PeerAddress peer;
  std::unique_ptr<const std::string> user;  // as whom it is logged in; null: it is not
};

}  // namespace larder::server
