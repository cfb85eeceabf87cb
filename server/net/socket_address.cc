#include "server/net/socket_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace larder::server {

base::Result<AddressList> resolve(const ListenAddress& address, int socket_type) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = socket_type;
  addrinfo* list = nullptr;
  const char* host = address.host.empty() ? nullptr : address.host.c_str();
  const int status = ::getaddrinfo(host, std::to_string(address.port).c_str(), &hints, &list);
  if (status == EAI_SYSTEM) return base::fail_errno("getaddrinfo()");
  if (status != 0) return base::fail(std::string("getaddrinfo(): ") + ::gai_strerror(status));
  return AddressList(list, &::freeaddrinfo);
}

bool switch_on(int fd, int level, int name) {
  const int on = 1;
  return ::setsockopt(fd, level, name, &on, sizeof(on)) == 0;
}

uint16_t bound_port(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  // The port is at the same offset in both structures.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  in_port_t port;
  std::memcpy(&port, reinterpret_cast<const char*>(&bound) + offsetof(sockaddr_in, sin_port),
              sizeof(port));
  return ntohs(port);
}

bool may_pass_over(int error_code) noexcept {
  return error_code == EADDRINUSE || error_code == EADDRNOTAVAIL || error_code == EAFNOSUPPORT ||
         error_code == EPROTONOSUPPORT;
}

}  // namespace larder::server
