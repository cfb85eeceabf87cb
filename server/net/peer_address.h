// Where a client is, in twenty bytes: every connection has one.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

namespace larder::server {

struct PeerAddress {
  enum class Family : uint8_t { None, Inet, Inet6 };  // of a Unix socket there is none

  std::array<uint8_t, 16> host{};  // in the network's order; of Inet the first four
  uint16_t port = 0;
  Family family = Family::None;
};

PeerAddress peer_address_of(const sockaddr_storage& address) noexcept;

// The host alone: 127.0.0.1, ::1, or "unix" where there is none.
std::string host_text_of(const PeerAddress& address);

// With the port: 127.0.0.1:11211, [::1]:11211, or "unix".
std::string text_of(const PeerAddress& address);

}  // namespace larder::server
