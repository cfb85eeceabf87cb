#include "server/net/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace larder::server {

PeerAddress peer_address_of(const sockaddr_storage& address) noexcept {
  PeerAddress peer;
  if (address.ss_family == AF_INET) {
    sockaddr_in inet;
    std::memcpy(&inet, &address, sizeof inet);
    peer.family = PeerAddress::Family::Inet;
    peer.port = ntohs(inet.sin_port);
    std::memcpy(peer.host.data(), &inet.sin_addr, sizeof inet.sin_addr);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 inet;
    std::memcpy(&inet, &address, sizeof inet);
    peer.family = PeerAddress::Family::Inet6;
    peer.port = ntohs(inet.sin6_port);
    std::memcpy(peer.host.data(), &inet.sin6_addr, sizeof inet.sin6_addr);
  }
  return peer;
}

std::string host_text_of(const PeerAddress& address) {
  if (address.family == PeerAddress::Family::None) return "unix";
  char text[INET6_ADDRSTRLEN] = "";
  const int family = address.family == PeerAddress::Family::Inet ? AF_INET : AF_INET6;
  ::inet_ntop(family, address.host.data(), text, sizeof text);
  return text;
}

std::string text_of(const PeerAddress& address) {
  const std::string host = host_text_of(address);
  switch (address.family) {
    case PeerAddress::Family::None: break;
    case PeerAddress::Family::Inet: return host + ":" + std::to_string(address.port);
    case PeerAddress::Family::Inet6: return "[" + host + "]:" + std::to_string(address.port);
  }
  return host;
}

}  // namespace larder::server
