#include "server/cluster/advertised_node.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>

namespace larder::server {
namespace {

std::string first_address_of(const std::string& host, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  char text[NI_MAXHOST];
  const int status = ::getnameinfo(owned->ai_addr, owned->ai_addrlen, text, sizeof(text), nullptr,
                                   0, NI_NUMERICHOST);
  // An address with a zone is valid on this machine only.
  return status == 0 && std::strchr(text, '%') == nullptr ? text : "";
}

}  // namespace

base::ClusterNode with_ip(base::ClusterNode advertised) {
  if (advertised.ip.empty()) advertised.ip = first_address_of(advertised.host, AF_INET);
  if (advertised.ip.empty()) advertised.ip = first_address_of(advertised.host, AF_UNSPEC);
  return advertised;
}

}  // namespace larder::server
