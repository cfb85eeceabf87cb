#include "server/http/http_server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <thread>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

struct Fixture {
  Fixture() : server(bound()) {
    server.start(
        {{"/a", [] { return protocol::HttpReply{.body = "page a\n"}; }},
         {"/large", [] { return protocol::HttpReply{.body = std::string(kLarge, 'x')}; }}});
  }

  static std::vector<Listener> bound() {
    auto listeners = Listener::bind_tcp({"127.0.0.1", 0}, HttpServer::kBacklog);
    REQUIRE(listeners);
    return std::move(*listeners);
  }
  base::UniqueFd connect() const {
    base::UniqueFd fd = support::connect_tcp(server.listeners()[0].port());
    REQUIRE(fd);
    return fd;
  }
  std::string ask(std::string_view request) const {
    const base::UniqueFd fd = connect();
    support::send_text(fd, request);
    return support::read_to_end(fd);
  }
  bool becomes(const std::function<bool(const HttpTotals&)>& holds) const {
    for (int waited_ms = 0; waited_ms < support::kPatienceMilliseconds; ++waited_ms) {
      if (holds(server.totals())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  static constexpr size_t kLarge = 64 << 20;  // more than sockets hold
  HttpServer server;
};

TEST_CASE("a page is sent and its connection closed") {
  const Fixture fixture;
  const std::string reply = fixture.ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(reply.ends_with("\r\n\r\npage a\n"));
  const std::string head = fixture.ask("HEAD /a HTTP/1.0\r\n\r\n");
  CHECK(head.find("\r\nContent-Length: 7\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(fixture.ask("GET / HTTP/1.0\r\n\r\n")
            .ends_with("\r\n\r\nno such page; there are\n/a\n/large\n"));
  CHECK(fixture.ask("PUT /a HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 405 "));
  CHECK(fixture.ask("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
  CHECK(fixture.becomes([](const HttpTotals& now) { return now.connections == 0; }));
  CHECK(fixture.server.totals().accepted == 5);
  CHECK(fixture.server.totals().replies == 5);
  CHECK(fixture.server.totals().dropped == 0);
}

TEST_CASE("a reply reaches a client that is still sending, without a reset") {
  const Fixture fixture;
  const base::UniqueFd fd = fixture.connect();
  support::send_text(fd, "POST /a HTTP/1.0\r\n\r\n" + std::string(50'000, 'x'));
  std::string reply;
  char bytes[4096];
  ssize_t got;
  while ((got = ::recv(fd.get(), bytes, sizeof(bytes), 0)) > 0) {
    reply.append(bytes, static_cast<size_t>(got));
  }
  CHECK(got == 0);
  CHECK(reply.starts_with("HTTP/1.1 405 "));
  CHECK(reply.ends_with("Method Not Allowed\n"));
}

TEST_CASE("the oldest connection is closed to admit a new one") {
  const Fixture fixture;
  std::vector<base::UniqueFd> idle;
  for (size_t count = 0; count < HttpServer::kConnectionsMax; ++count) {
    idle.push_back(fixture.connect());
  }
  CHECK(fixture.becomes(
      [](const HttpTotals& now) { return now.connections == HttpServer::kConnectionsMax; }));
  CHECK(fixture.ask("GET /a HTTP/1.0\r\n\r\n").ends_with("page a\n"));
  CHECK(support::read_to_end(idle.front()).empty());  // and does not say that nothing arrives
  CHECK(fixture.becomes([](const HttpTotals& now) { return now.dropped == 1; }));
  support::send_text(idle.back(), "GET /a HTTP/1.0\r\n\r\n");
  CHECK(support::read_to_end(idle.back()).ends_with("page a\n"));
}

TEST_CASE("a large reply is sent at the speed of its client") {
  const Fixture fixture;
  const std::string reply = fixture.ask("GET /large HTTP/1.0\r\n\r\n");
  CHECK(reply.size() > Fixture::kLarge);
  CHECK(reply.ends_with("xxx"));
}

// The timeout is in real time; this is the only test that waits for it.
TEST_CASE("a client that does not read its reply is closed") {
  const Fixture fixture;
  const base::UniqueFd deaf = fixture.connect();
  support::send_text(deaf, "GET /large HTTP/1.0\r\n\r\n");
  CHECK(fixture.becomes([](const HttpTotals& now) { return now.replies == 1; }));
  CHECK(fixture.becomes([](const HttpTotals& now) { return now.dropped == 1; }));
  CHECK(fixture.server.totals().connections == 0);
}

TEST_CASE("stopping closes every connection") {
  Fixture fixture;
  const base::UniqueFd idle = fixture.connect();
  const base::UniqueFd deaf = fixture.connect();
  support::send_text(deaf, "GET /large HTTP/1.0\r\n\r\n");
  CHECK(fixture.becomes([](const HttpTotals& now) { return now.replies == 1; }));
  CHECK(fixture.becomes([](const HttpTotals& now) { return now.connections == 2; }));
  fixture.server.stop();
  CHECK(fixture.server.totals().connections == 0);
  CHECK(support::read_to_end(idle).empty());
}

TEST_CASE("an HTTP server that was never started can be destroyed") {
  HttpServer server(Fixture::bound());
  server.stop();
  CHECK(server.totals().accepted == 0);
}

}  // namespace
}  // namespace larder::server
