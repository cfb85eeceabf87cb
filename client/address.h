// The address of a server: a host and port, or the path of a Unix socket.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "client/error.h"

namespace larder::client {

struct Address {
  enum class Kind : uint8_t { Tcp, Unix };

  Kind kind = Kind::Tcp;
  std::string host;   // Tcp only: a name or a numeric address, without brackets
  uint16_t port = 0;  // Tcp only, never 0
  std::string path;   // Unix only, absolute

  // parse_address() reads this text back to an equal address.
  std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Parses "host:port", "[v6]:port" or "/absolute/path".  Does not look up names.  Fails on anything
// else: a missing port, port 0, an IPv6 address without brackets, or a path that does not fit into
// a sockaddr_un.
Result<Address> parse_address(std::string_view text);

}  // namespace larder::client
