// Where a server listens: a host and a port, or a socket in the file system.
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

  // The form that parse_address() reads back to an equal address.
  std::string text() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Reads "host:port", "[v6]:port" or "/absolute/path".  Names are not looked up here.
// Fails on anything else: no port, port 0, a v6 address without brackets, a path that the
// system's socket address cannot hold.
Result<Address> parse_address(std::string_view text);

}  // namespace larder::client
