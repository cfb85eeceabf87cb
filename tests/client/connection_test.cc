#include "client/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

Deadline soon() { return deadline_after(50ms); }
Deadline late() { return deadline_after(10s); }

// A listening loopback socket on a port of the system's choice.
struct Listener {
  explicit Listener(int backlog = 8) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&place), size) == 0);
    REQUIRE(::listen(fd.get(), backlog) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&place), &size) == 0);
    address.host = "127.0.0.1";
    address.port = ntohs(place.sin_port);
  }

  base::UniqueFd accept() { return base::UniqueFd(::accept(fd.get(), nullptr, nullptr)); }

  base::UniqueFd fd;
  Address address;
};

// A connection, and the socket at its other end, on which the test acts as the server.
struct Pair {
  Pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    server = base::UniqueFd(fds[1]);
    auto adopted = Connection::adopt(base::UniqueFd(fds[0]), "the pair");
    REQUIRE(adopted.has_value());
    client.push_back(std::move(*adopted));
  }

  Connection& connection() { return client.front(); }
  void say(const std::string& bytes) {
    REQUIRE(::write(server.get(), bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
  }

  base::UniqueFd server;
  std::vector<Connection> client;  // one element: a Connection has no empty state to start from
};

TEST_CASE("bytes are sent over TCP and the reply is read") {
  Listener listener;
  auto connection = Connection::connect(listener.address, late());
  REQUIRE(connection.has_value());
  const base::UniqueFd server = listener.accept();
  REQUIRE(server);

  REQUIRE(connection->send_all("version\r\n", late()).has_value());
  char heard[9];
  REQUIRE(::recv(server.get(), heard, sizeof heard, MSG_WAITALL) == 9);
  CHECK(std::string(heard, sizeof heard) == "version\r\n");

  REQUIRE(::send(server.get(), "VERSION 1\r\n", 11, 0) == 11);
  const auto line = connection->read_line(100, late());
  REQUIRE(line.has_value());
  CHECK(*line == "VERSION 1");
}

TEST_CASE("a Unix socket is connected by its path") {
  char folder[] = "/tmp/larder-client-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  Address address;
  address.kind = Address::Kind::Unix;
  address.path = std::string(folder) + "/s";
  {
    const base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    std::strcpy(place.sun_path, address.path.c_str());
    REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    CHECK(Connection::connect(address, late()).has_value());
  }
  ::unlink(address.path.c_str());
  const auto refused = Connection::connect(address, late());
  ::rmdir(folder);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find(address.path) != std::string::npos);
}

TEST_CASE("the error of a refused connection names the address") {
  Address address;
  {
    const Listener listener;
    address = listener.address;
  }
  const auto connection = Connection::connect(address, late());
  REQUIRE_FALSE(connection.has_value());
  CHECK(connection.error().text.find(address.text()) != std::string::npos);
}

TEST_CASE("a connection attempt without an answer ends at its deadline") {
  Listener listener(0);
  std::vector<Connection> waiting;  // fills the queue of the listener, which accepts no connections
  std::string error;
  for (int i = 0; i < 8 && error.empty(); ++i) {
    auto connection = Connection::connect(listener.address, soon());
    if (connection) {
      waiting.push_back(std::move(*connection));
    } else {
      error = connection.error().text;
    }
  }
  CHECK(error.find("timed out") != std::string::npos);
}

TEST_CASE("lines and exact numbers of bytes can be read from one stream") {
  Pair pair;
  pair.say("VALUE k 0 4\r\n\r\n\0\n\r\nEND\nrest"s);
  CHECK(*pair.connection().read_line(64, late()) == "VALUE k 0 4");
  CHECK(*pair.connection().read_exact(4, late()) == "\r\n\0\n"s);
  CHECK(pair.connection().read_line(64, late())->empty());
  CHECK(*pair.connection().read_line(64, late()) == "END");
  CHECK(*pair.connection().read_exact(4, late()) == "rest");
}

TEST_CASE("a released socket stays connected and the connection is closed") {
  Pair pair;
  const base::UniqueFd socket = pair.connection().release_stream().release_socket();
  CHECK_FALSE(pair.connection().is_open());
  CHECK_FALSE(pair.connection().read_exact(1, soon()).has_value());
  REQUIRE(::send(socket.get(), "x", 1, 0) == 1);
  char heard = 0;
  REQUIRE(::read(pair.server.get(), &heard, 1) == 1);
  CHECK(heard == 'x');
}

TEST_CASE("a line that arrives in two parts is read whole") {
  Pair pair;
  pair.say("STORED\r");
  const auto early = pair.connection().read_exact(3, late());
  REQUIRE(early.has_value());
  pair.say("\nnext\n");
  CHECK(*pair.connection().read_line(64, late()) == "RED");
  CHECK(*pair.connection().read_line(64, late()) == "next");
}

TEST_CASE("a line of the maximum length is read and a longer one closes the connection") {
  Pair pair;
  pair.say("1234567\n12345678\n");
  CHECK(*pair.connection().read_line(8, late()) == "1234567");
  CHECK_FALSE(pair.connection().read_line(8, late()).has_value());
  CHECK_FALSE(pair.connection().is_open());
}

TEST_CASE("a read from a silent peer ends at the deadline and not before") {
  Pair pair;
  pair.say("no end");
  const auto start = std::chrono::steady_clock::now();
  const auto line = pair.connection().read_line(64, soon());
  REQUIRE_FALSE(line.has_value());
  CHECK(line.error().text.find("timed out") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start >= 49ms);
  CHECK_FALSE(pair.connection().is_open());
  CHECK_FALSE(pair.connection().read_exact(0, late()).has_value());
  CHECK_FALSE(pair.connection().send_all("", late()).has_value());
}

TEST_CASE("a write to a peer that does not read ends at the deadline") {
  Pair pair;
  const std::string much(64 << 20, 'x');
  const auto sent = pair.connection().send_all(much, soon());
  REQUIRE_FALSE(sent.has_value());
  CHECK(sent.error().text.find("timed out") != std::string::npos);
}

TEST_CASE("a connection closed by the peer is an error and not a signal") {
  Pair pair;
  pair.say("half");
  pair.server.reset();
  SECTION("while reading") {
    const auto bytes = pair.connection().read_exact(5, late());
    REQUIRE_FALSE(bytes.has_value());
    CHECK(bytes.error().text.find("closed") != std::string::npos);
  }
  SECTION("while sending") {
    CHECK_FALSE(pair.connection().send_all("get k\r\n", late()).has_value());
  }
  CHECK_FALSE(pair.connection().is_open());
}

}  // namespace
}  // namespace larder::client
