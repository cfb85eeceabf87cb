#include "server/net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return (std::ostringstream() << file.rdbuf()).str();
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

int option_of(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof(value);
  REQUIRE(::getsockopt(fd, level, name, &value, &size) == 0);
  return value;
}

TEST_CASE("port 0 binds a loopback address to a free port") {
  auto listeners = Listener::bind_tcp({"127.0.0.1", 0, WireProtocol::Ascii}, 16);
  REQUIRE(listeners);
  REQUIRE(listeners->size() == 1);
  const Listener& listener = listeners->front();
  CHECK(listener.port() != 0);
  CHECK(listener.transport() == Transport::Tcp);
  CHECK(listener.protocol() == WireProtocol::Ascii);
  CHECK_FALSE(listener.is_ipv6());
  CHECK(support::connect_tcp(listener.port()));
  CHECK(option_of(listener.fd(), SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(option_of(listener.fd(), SOL_SOCKET, SO_REUSEADDR) == 1);
  CHECK(option_of(listener.fd(), IPPROTO_TCP, TCP_NODELAY) == 1);
}

TEST_CASE("without a host every address family has its own socket") {
  auto listeners = Listener::bind_tcp({"", 0, WireProtocol::Auto}, 16);
  REQUIRE(listeners);
  for (const Listener& listener : *listeners) {
    CHECK(support::connect_tcp(listener.port(), listener.is_ipv6()));
    if (listener.is_ipv6()) CHECK(option_of(listener.fd(), IPPROTO_IPV6, IPV6_V6ONLY) == 1);
  }
  const auto ipv4 = std::count_if(listeners->begin(), listeners->end(),
                                  [](const Listener& each) { return !each.is_ipv6(); });
  CHECK(ipv4 == 1);
}

TEST_CASE("a port in use is refused with a readable reason") {
  auto first = Listener::bind_tcp({"127.0.0.1", 0, WireProtocol::Auto}, 16);
  REQUIRE(first);
  const uint16_t port = first->front().port();
  ListenOptions options;
  options.interfaces = "127.0.0.1";
  options.listen_addresses = {{"127.0.0.1", port, WireProtocol::Auto}};
  const auto second = bind_listeners(options, 1);
  REQUIRE_FALSE(second);
  CHECK(second.error().text ==
        "failed to listen on one of interface(s) 127.0.0.1: Address already in use");
  options.interfaces.clear();
  CHECK(bind_listeners(options, 1).error().text ==
        "failed to listen on TCP port " + std::to_string(port) + ": Address already in use");
}

TEST_CASE("only twins share a listener's connections") {
  auto bound = Listener::bind_tcp({"127.0.0.1", 0, WireProtocol::Ascii}, 64, true);
  REQUIRE(bound);
  const Listener& first = bound->front();
  const auto twin = first.twin(64);
  REQUIRE(twin);
  CHECK(twin->port() == first.port());
  CHECK(twin->protocol() == WireProtocol::Ascii);
  CHECK(option_of(twin->fd(), IPPROTO_TCP, TCP_NODELAY) == 1);

  std::vector<base::UniqueFd> clients;
  for (int count = 0; count < 64; ++count) {
    clients.push_back(support::connect_tcp(first.port()));
    REQUIRE(clients.back());
  }
  const auto accepted_by = [](const Listener& listener) {
    int count = 0;
    while (base::UniqueFd(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC))) ++count;
    return count;
  };
  const int firsts = accepted_by(first);
  const int twins = accepted_by(*twin);
  CHECK(firsts > 0);
  CHECK(twins > 0);
  CHECK(firsts + twins == 64);

  const ListenAddress same{"127.0.0.1", first.port(), WireProtocol::Auto};
  CHECK_FALSE(Listener::bind_tcp(same, 64, true));
  CHECK_FALSE(Listener::bind_tcp(same, 64));
}

TEST_CASE("each worker has its own TCP listeners") {
  const support::TemporaryDirectory directory;
  ListenOptions options;
  options.unix_socket_path = directory.file("socket");
  options.listen_addresses = {{"127.0.0.1", 0, WireProtocol::Auto}};
  const auto lists = bind_listeners(options, 3);
  REQUIRE(lists);
  REQUIRE(lists->size() == 3);
  for (const size_t worker : {0, 1, 2}) {
    REQUIRE((*lists)[worker].size() == 1);
    CHECK((*lists)[worker][0].transport() == Transport::Tcp);
    CHECK((*lists)[worker][0].port() == (*lists)[0][0].port());
  }
  CHECK_FALSE(exists(options.unix_socket_path));
}

TEST_CASE("an invalid host is refused") {
  ListenOptions options;
  options.interfaces = "no host at all";
  options.listen_addresses = {{"no host at all", 0, WireProtocol::Auto}};
  const auto listeners = bind_listeners(options, 1);
  REQUIRE_FALSE(listeners);
  CHECK(listeners.error().text.find("one of interface(s) no host at all: getaddrinfo(): ") !=
        std::string::npos);
}

TEST_CASE("having nothing to listen on is not an error") {
  const auto listeners = bind_listeners({}, 1);
  REQUIRE(listeners);
  REQUIRE(listeners->size() == 1);
  CHECK(listeners->front().empty());
}

TEST_CASE("a Unix socket has the requested mode and is removed with its listener") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  const mode_t mode = GENERATE(as<mode_t>{}, 0700, 0770, 0666);
  {
    auto listener = Listener::bind_unix(path, static_cast<int>(mode), 16, WireProtocol::Auto);
    REQUIRE(listener);
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == mode);
    CHECK(listener->transport() == Transport::Unix);
    CHECK(support::connect_unix(path));
    const Listener moved = std::move(*listener);
    CHECK(exists(path));
  }
  CHECK_FALSE(exists(path));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.copy(address.sun_path, sizeof(address.sun_path) - 1) == path.size());
  return address;
}

// Binds a socket and never unlinks it.
base::UniqueFd socket_at(const std::string& path, int type) {
  const sockaddr_un address = address_of(path);
  base::UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  if (type == SOCK_STREAM) REQUIRE(::listen(fd.get(), 1) == 0);
  return fd;
}

// Connects clients until the backlog is full.
std::vector<base::UniqueFd> clients_that_fill(const std::string& path) {
  const sockaddr_un address = address_of(path);
  std::vector<base::UniqueFd> clients;
  for (;;) {
    clients.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(clients.back().get(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof(address)) != 0) {
      REQUIRE(errno == EAGAIN);
      return clients;
    }
  }
}

TEST_CASE("a Unix socket with a listening process is not replaced") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  const int type = GENERATE(SOCK_STREAM, SOCK_DGRAM);
  {
    const base::UniqueFd other = socket_at(path, type);
    const auto refused = Listener::bind_unix(path, 0700, 16, WireProtocol::Auto);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "Address already in use");
    if (type == SOCK_STREAM) {
      const auto clients = clients_that_fill(path);
      CHECK_FALSE(Listener::bind_unix(path, 0700, 16, WireProtocol::Auto));
    }
    CHECK(exists(path));
  }
  CHECK(exists(path));
  if (type == SOCK_STREAM) CHECK(Listener::bind_unix(path, 0700, 16, WireProtocol::Auto));
}

TEST_CASE("a stale Unix socket is replaced, and the socket of a successor is not removed") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("socket");
  {
    auto first = Listener::bind_unix(path, 0700, 16, WireProtocol::Auto);
    REQUIRE(first);
    REQUIRE(::shutdown(first->fd(), SHUT_RDWR) == 0);  // as a server does when it stops
    auto second = Listener::bind_unix(path, 0700, 16, WireProtocol::Auto);
    REQUIRE(second);
    { const Listener gone = std::move(*first); }
    CHECK(support::connect_unix(path));
  }
  CHECK_FALSE(exists(path));
}

TEST_CASE("a file that is not a socket is not replaced") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("precious");
  std::ofstream(path) << "data";
  ListenOptions options;
  options.unix_socket_path = path;
  const auto listeners = bind_unix_listener(options);
  REQUIRE_FALSE(listeners);
  CHECK(listeners.error().text ==
        "failed to listen on UNIX socket: " + path + ": Address already in use");
  CHECK(text_of(path) == "data");
}

TEST_CASE("a Unix socket path longer than the system allows is refused") {
  CHECK_FALSE(Listener::bind_unix(std::string(200, 'x'), 0700, 16, WireProtocol::Auto));
}

TEST_CASE("the port file names each TCP listener and is written atomically") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("ports");
  ListenOptions options;
  options.unix_socket_path = directory.file("socket");
  options.listen_addresses = {{"127.0.0.1", 0, WireProtocol::Auto},
                              {"127.0.0.1", 0, WireProtocol::Auto}};
  auto bound = bind_listeners(options, 1);
  REQUIRE(bound);
  auto unix_listener = bind_unix_listener(options);
  REQUIRE(unix_listener);
  std::vector<Listener>& listeners = bound->front();
  listeners.push_back(std::move(**unix_listener));
  REQUIRE(listeners.size() == 3);
  REQUIRE(write_port_file(path, listeners, {}));
  CHECK(text_of(path) == "TCP INET: " + std::to_string(listeners[0].port()) +
                             "\nTCP INET: " + std::to_string(listeners[1].port()) + "\n");
  CHECK_FALSE(exists(path + ".lck"));
  CHECK_FALSE(write_port_file(directory.file("none/ports"), listeners, {}));
}

TEST_CASE("the port file distinguishes IPv6 from IPv4") {
  const support::TemporaryDirectory directory;
  auto listeners = Listener::bind_tcp({"::1", 0, WireProtocol::Auto}, 16);
  if (!listeners) return;  // a machine without IPv6
  const std::string path = directory.file("ports");
  REQUIRE(write_port_file(path, *listeners, {}));
  CHECK(text_of(path) == "TCP INET6: " + std::to_string(listeners->front().port()) + "\n");
}

}  // namespace
}  // namespace larder::server
