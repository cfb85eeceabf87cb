// A client's address in twenty bytes, because every connection stores one.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

namespace larder::server {

struct PeerAddress {
  enum class Family : uint8_t { None, Inet, Inet6 };  // None: a Unix socket

  std::array<uint8_t, 16> host{};  // in network byte order; for Inet the first four bytes
  uint16_t port = 0;
  Family family = Family::None;
};

PeerAddress peer_address_of(const sockaddr_storage& address) noexcept;

// The host alone: "127.0.0.1", "::1", or "unix" if there is none.
std::string host_text_of(const PeerAddress& address);

// The host and port: "127.0.0.1:11211", "[::1]:11211", or "unix".
std::string text_of(const PeerAddress& address);

}  // namespace larder::server
