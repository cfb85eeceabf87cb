// UDP, from a socket of the test.
#include "server/worker/datagrams.h"

#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <map>

#include "server/net/datagram_sockets.h"
#include "tests/server/admin/admin_fixture.h"
#include "tests/support/binary_frames.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

using support::big_endian;
using support::number_at;

std::string request(uint16_t number, const std::string& text, uint16_t count = 1) {
  return big_endian(number, 2) + big_endian(0, 2) + big_endian(count, 2) + big_endian(0, 2) + text;
}

struct DatagramsFixture : AdminFixture {
  explicit DatagramsFixture(protocol::Access access = protocol::Access::Open)
      : executor(store, cache, workers[0], clock, admin, watchers) {
    ListenOptions wanted;
    wanted.udp_addresses = {{"127.0.0.1", 0, WireProtocol::Auto}};
    auto bound = bind_datagram_sockets(wanted, 1);
    REQUIRE(bound);
    REQUIRE(bound->size() == 1);
    port = bound->front().port;
    datagrams = std::make_unique<Datagrams>(executor, clock_follower, workers[0], access,
                                            std::move(bound->front().sockets));
    datagrams->start(loop);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    REQUIRE(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  // The datagrams that are received at once.
  std::vector<std::string> exchange(const std::string& datagram) {
    REQUIRE(::send(client.get(), datagram.data(), datagram.size(), 0) ==
            static_cast<ssize_t>(datagram.size()));
    loop.poll_turn();
    return received();
  }
  std::vector<std::string> received() {
    std::vector<std::string> answers;
    char bytes[65536];
    for (ssize_t size; (size = ::recv(client.get(), bytes, sizeof bytes, MSG_DONTWAIT)) >= 0;) {
      answers.emplace_back(bytes, static_cast<size_t>(size));
    }
    return answers;
  }
  // The reassembled reply to one request.
  std::string ask(const std::string& text) {
    const auto answers = exchange(request(77, text));
    std::string whole;
    for (size_t i = 0; i < answers.size(); ++i) {
      CHECK(answers[i].size() <= kDatagramSizeMax);
      CHECK(number_at(answers[i], 0, 2) == 77);
      CHECK(number_at(answers[i], 2, 2) == i);
      CHECK(number_at(answers[i], 4, 2) == answers.size());
      CHECK(number_at(answers[i], 6, 2) == 0);
      whole += answers[i].substr(kDatagramHeaderSize);
    }
    return whole;
  }

  uint16_t port = 0;
  Executor executor;
  EventLoop loop;
  ClockFollower clock_follower{clock_driver};
  std::unique_ptr<Datagrams> datagrams;
  base::UniqueFd client{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_CASE("a datagram is answered by datagrams with the same request id") {
  DatagramsFixture fixture;
  CHECK(fixture.ask("set a 0 0 3\r\nabc\r\n") == "STORED\r\n");
  CHECK(fixture.ask("get a\r\n") == "VALUE a 0 3\r\nabc\r\nEND\r\n");
  CHECK(fixture.ask("nonsense\r\n") == "ERROR\r\n");
  CHECK(fixture.ask("watch\r\n") == "ERROR\r\n");  // UDP clients cannot watch
  CHECK(fixture.ask("get a\r\nget b\r\n") == "VALUE a 0 3\r\nabc\r\nEND\r\nEND\r\n");
}

TEST_CASE("a long reply is split into numbered parts") {
  DatagramsFixture fixture;
  for (const size_t size : {1370, 1371, 1372, 1400, 2784, 20000, 100000}) {
    CAPTURE(size);
    const std::string value(size, 'v');
    REQUIRE(fixture.put("large", value) == slab::WriteOutcome::Stored);
    CHECK(fixture.ask("get large\r\n") ==
          "VALUE large 0 " + std::to_string(size) + "\r\n" + value + "\r\nEND\r\n");
  }
}

TEST_CASE("the dialect is detected for each datagram") {
  DatagramsFixture fixture;
  fixture.put("a", "abc");
  const auto responses =
      support::responses_in(fixture.ask(support::frame_of({.opcode = 0x00, .key = "a"})));
  REQUIRE(responses.size() == 1);
  CHECK(responses[0].value == "abc");
  CHECK(fixture.ask("version\r\n") == "VERSION 1.6.45\r\n");
}

TEST_CASE("a datagram without a complete request is dropped") {
  DatagramsFixture fixture;
  CHECK(fixture.exchange("").empty());
  CHECK(fixture.exchange(request(1, "")).empty());
  CHECK(fixture.exchange(request(1, "get a\r\n", 2)).empty());
  CHECK(fixture.exchange(request(1, "get a\r\n", 0)).empty());
  CHECK(fixture.exchange(request(1, "get a")).empty());
  CHECK(fixture.exchange(request(1, "set a 0 0 100\r\nabc\r\n")).empty());
  CHECK(fixture.ask("get a\r\n") == "END\r\n");
}

TEST_CASE("an invalid value is refused and the requests after it are executed") {
  DatagramsFixture fixture;
  CHECK(fixture.ask("set a 0 0 1\r\nxyznonsense\r\nget a\r\n") ==
        "CLIENT_ERROR bad data chunk\r\nERROR\r\nEND\r\n");
}

TEST_CASE("a reply of another server is not answered") {
  DatagramsFixture fixture;
  for (const std::string text : {"ERROR\r\n", "END\r\n", "CLIENT_ERROR bad data chunk\r\n",
                                 "VALUE a 0 1\r\nx\r\nEND\r\n", "STORED\r\n"}) {
    CHECK(fixture.exchange(request(1, text)).empty());
  }
  CHECK(fixture.exchange(request(1, std::string("\x81") + std::string(23, '\0'))).empty());
}

TEST_CASE("the size of a reply is limited, and its memory is released") {
  DatagramsFixture fixture;
  fixture.put("a", std::string(4000, 'v'));
  std::string line = "get";
  for (int i = 0; i < 30000; ++i) line += " a";
  CHECK(fixture.exchange(request(1, line + "\r\n")).empty());
  CHECK(fixture.ask("version\r\n") == "VERSION 1.6.45\r\n");
}

TEST_CASE("a turn executes few large requests, and later turns the rest") {
  DatagramsFixture fixture;
  std::string line = "get";
  while (line.size() < 44'000) line += " missing";
  for (uint16_t number = 0; number < 4; ++number) {
    const std::string datagram = request(number, line + "\r\n");
    REQUIRE(::send(fixture.client.get(), datagram.data(), datagram.size(), 0) > 0);
  }
  fixture.loop.poll_turn();
  CHECK(fixture.received().size() == 3);  // over 128 KB by then
  fixture.loop.poll_turn();
  CHECK(fixture.received().size() == 1);
}

TEST_CASE("noreply is respected") {
  DatagramsFixture fixture;
  CHECK(fixture.exchange(request(1, "set a 0 0 1 noreply\r\nx\r\n")).empty());
  CHECK(fixture.ask("get a\r\n") == "VALUE a 0 1\r\nx\r\nEND\r\n");
}

TEST_CASE("unauthenticated clients get no reply") {
  DatagramsFixture fixture(protocol::Access::Stranger);
  for (const std::string text : {"get a\r\n", "version\r\n", "set x 0 0 7\r\nfoo bar\r\n"}) {
    CHECK(fixture.exchange(request(1, text)).empty());
  }
  for (int opcode = 0; opcode < 256; ++opcode) {
    const auto frame = support::frame_of({.opcode = static_cast<uint8_t>(opcode), .key = "k"});
    CHECK(fixture.exchange(request(1, frame)).empty());
  }
}

TEST_CASE("every worker has a socket on the same port") {
  ListenOptions wanted;
  wanted.udp_addresses = {{"127.0.0.1", 0, WireProtocol::Ascii}};
  const auto bound = bind_datagram_sockets(wanted, 3);
  REQUIRE(bound);
  REQUIRE(bound->size() == 1);
  REQUIRE(bound->front().sockets.size() == 3);
  CHECK(bound->front().sockets[2].protocol == WireProtocol::Ascii);
  wanted.udp_addresses.front().port = bound->front().port;
  CHECK(bind_datagram_sockets(wanted, 3).error().text == "failed to listen on UDP port " +
                                                             std::to_string(bound->front().port) +
                                                             ": Address already in use");
  wanted.udp_addresses = {{"no host at all", 0, WireProtocol::Auto}};
  CHECK_FALSE(bind_datagram_sockets(wanted, 3));
}

}  // namespace
}  // namespace larder::server
