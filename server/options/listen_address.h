// An address to listen on.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>

#include "server/options/tls_mode.h"
#include "server/options/wire_protocol.h"

namespace larder::server {

struct ListenAddress {
  std::string host;   // a name or numeric address without brackets; empty: all interfaces
  uint16_t port = 0;  // 0: the system chooses
  WireProtocol protocol = WireProtocol::Auto;
  TlsMode tls = TlsMode::Off;

  bool operator==(const ListenAddress&) const = default;
};

}  // namespace larder::server
