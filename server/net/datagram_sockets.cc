#include "server/net/datagram_sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "server/net/socket_address.h"

namespace larder::server {
namespace {

// A reply may consist of many datagrams.
constexpr int kSendBufferSize = 1 << 20;

// Returns no descriptor and sets errno on failure.  The first socket of an address gets
// SO_REUSEPORT only after bind(), so that bind() fails if another process has the address.
// Otherwise some requests to a server that is already running would be sent to this one.
base::UniqueFd bind_one(const addrinfo& info, const sockaddr_storage& address, bool is_first) {
  const bool is_ipv6 = info.ai_family == AF_INET6;
  base::UniqueFd fd(::socket(info.ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || (is_ipv6 && !switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY))) return {};
  // Best effort.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferSize, sizeof(kSendBufferSize));
  const auto share = [&] { return switch_on(fd.get(), SOL_SOCKET, SO_REUSEPORT); };
  if ((!is_first && !share()) ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), info.ai_addrlen) != 0 ||
      (is_first && !share())) {
    return {};
  }
  return fd;
}

void set_port(sockaddr_storage* address, uint16_t port) {
  const in_port_t in_order = htons(port);
  std::memcpy(reinterpret_cast<char*>(address) + offsetof(sockaddr_in, sin_port), &in_order,
              sizeof(in_order));
}

}  // namespace

base::Result<std::vector<DatagramAddress>> bind_datagram_sockets(const ListenOptions& options,
                                                                 int worker_count) {
  std::vector<DatagramAddress> bound;
  for (const ListenAddress& wanted : options.udp_addresses) {
    const auto failed = [&](const std::string& why) {
      return base::fail("failed to listen on UDP port " + std::to_string(wanted.port) + ": " + why);
    };
    base::Result<AddressList> resolved = resolve(wanted, SOCK_DGRAM);
    if (!resolved) return failed(resolved.error().text);
    const size_t count_before = bound.size();
    int passed_over = 0;
    for (const addrinfo* info = resolved->get(); info != nullptr; info = info->ai_next) {
      sockaddr_storage address{};
      std::memcpy(&address, info->ai_addr, info->ai_addrlen);
      DatagramAddress each{.is_ipv6 = info->ai_family == AF_INET6, .port = 0, .sockets = {}};
      for (int worker = 0; worker < worker_count; ++worker) {
        base::UniqueFd fd = bind_one(*info, address, worker == 0);
        if (!fd) {
          passed_over = errno;
          if (!may_pass_over(passed_over)) return failed(std::strerror(passed_over));
          break;
        }
        // The other sockets use the port that the system gave the first.
        each.port = bound_port(fd.get());
        set_port(&address, each.port);
        each.sockets.push_back({std::move(fd), wanted.protocol});
      }
      const bool is_whole = each.sockets.size() == static_cast<size_t>(worker_count);
      if (is_whole) bound.push_back(std::move(each));
    }
    if (bound.size() == count_before) return failed(std::strerror(passed_over));
  }
  return bound;
}

}  // namespace larder::server
