#include "tests/bench/load/dialer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "client/connection.h"

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

// Waits for a connection in progress.
base::Outcome finish_connecting(int fd) {
  pollfd watched{fd, POLLOUT, 0};
  const auto time = std::chrono::milliseconds(kConnectTime);
  if (::poll(&watched, 1, static_cast<int>(time.count())) <= 0) return base::fail("timed out");
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code != 0) return base::fail(std::strerror(code));
  return base::Done{};
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
  if (!connection) return connection.error();
  return connection->release_socket();
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
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
    if (errno != EINPROGRESS) return base::fail_errno("cannot connect to " + server_.text());
    const base::Outcome connected = finish_connecting(fd.get());
    if (!connected) {
      return base::fail("cannot connect to " + server_.text() + ": " + connected.error().text);
    }
  }
  return fd;
}

}  // namespace larder::bench
