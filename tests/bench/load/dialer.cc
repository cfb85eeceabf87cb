#include "tests/bench/load/dialer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <utility>

#include "client/connection.h"
#include "client/dial.h"

namespace larder::bench {
namespace {

constexpr std::chrono::seconds kConnectTime{10};
constexpr uint32_t kSourceCount = 64;
constexpr uint32_t kFirstSource = 0x7F000002;  // 127.0.0.2

sockaddr_in address_of(uint32_t host, uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

}  // namespace

Dialer::Dialer(client::Address server) : server_(std::move(server)) {
  in_addr host{};
  if (server_.kind != client::Address::Kind::Tcp) return;
  if (::inet_pton(AF_INET, server_.host.c_str(), &host) != 1) return;
  const uint32_t number = ntohl(host.s_addr);
  if (number >> 24 == 127) loopback_ = number;
}

base::Result<base::UniqueFd> Dialer::dial() {
  if (loopback_ != 0) return dial_loopback();
  auto connection = client::Connection::connect(server_, client::deadline_after(kConnectTime));
  if (!connection) return base::fail(connection.error().text);
  return connection->release_stream().release_socket();
}

base::Result<base::UniqueFd> Dialer::dial_loopback() {
  base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::fail_errno("cannot create a socket");
  const int on = 1;
  // The port is chosen by connect(), which may take one that is in use towards another server.
  ::setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in source = address_of(kFirstSource + count_++ % kSourceCount, 0);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
    return base::fail_errno("cannot bind to a loopback address");
  }
  const sockaddr_in server = address_of(loopback_, server_.port);
  const client::Outcome connected =
      client::connect_socket(fd.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server,
                             client::deadline_after(kConnectTime));
  if (!connected) {
    return base::fail("cannot connect to " + server_.text() + ": " + connected.error().text);
  }
  return fd;
}

}  // namespace larder::bench
