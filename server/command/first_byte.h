// Determines the protocol of input by its first byte.
//
// Threads: pure.
#pragma once

#include "protocol/binary_frame.h"
#include "server/options/wire_protocol.h"

namespace larder::server {

// For input on a listener of `protocol`.
inline bool begins_binary(WireProtocol protocol, char first) noexcept {
  if (protocol != WireProtocol::Auto) return protocol == WireProtocol::Binary;
  return static_cast<unsigned char>(first) == protocol::kBinaryRequestMagic;
}

}  // namespace larder::server
