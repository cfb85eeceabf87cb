#include "client/node.h"

#include <poll.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using support::ScriptedPeer;
using support::ScriptedServer;

Deadline late() { return deadline_after(20s); }

struct NodeUnderTest {
  explicit NodeUnderTest(const Address& address, Options options = {})
      : node({.address = address}, options, {}, changes) {}

  std::shared_ptr<std::atomic<uint64_t>> changes = std::make_shared<std::atomic<uint64_t>>(0);
  Node node;
};

void idle(ScriptedPeer& peer) { peer.drain(); }

TEST_CASE("a kept connection is reused and a discarded one is not") {
  ScriptedServer server(idle);
  NodeUnderTest test(server.address());
  for (int i = 0; i < 5; ++i) {
    auto lease = test.node.lease(late());
    REQUIRE(lease);
    lease->keep();
  }
  CHECK(test.node.lease(late()));
  CHECK(server.has_had(1));
  {
    auto lease = test.node.lease(late());
    REQUIRE(lease);
    lease->discard();
  }
  CHECK(test.node.lease(late()));
  CHECK(server.has_had(2));
}

TEST_CASE("an idle connection that has received anything is not reused") {
  const std::string last_words = GENERATE(as<std::string>{}, "HD O1\r\n", "");
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.number() > 0) return peer.drain();
    peer.line();
    peer.say(last_words);  // and closes
  });
  NodeUnderTest test(server.address());
  {
    auto lease = test.node.lease(late());
    REQUIRE(lease);
    REQUIRE(::send(lease->stream().fd(), "go\n", 3, MSG_NOSIGNAL) == 3);
    pollfd waited{lease->stream().fd(), POLLIN, 0};
    REQUIRE(::poll(&waited, 1, 20'000) == 1);
    lease->keep();
  }
  auto lease = test.node.lease(late());
  REQUIRE(lease);
  pollfd waited{lease->stream().fd(), POLLIN, 0};
  CHECK(::poll(&waited, 1, 0) == 0);
}

TEST_CASE("the number of connections in use is limited and threads wait for a free one") {
  ScriptedServer server(idle);
  Options options;
  options.connections_max = 2;
  NodeUnderTest test(server.address(), options);
  auto a = test.node.lease(late());
  {
    auto b = test.node.lease(late());
    REQUIRE(b);
    const auto refused = test.node.lease(deadline_after(20ms));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("all 2 connections are in use") != std::string::npos);
    CHECK(test.node.failures() == 0);
  }
  // The waiting thread gets the connection that is returned.
  auto b = test.node.lease(late());
  REQUIRE(b);
  std::atomic<bool> has_got = false;
  std::thread other([&] { has_got = test.node.lease(late()).has_value(); });
  std::this_thread::sleep_for(20ms);
  CHECK_FALSE(has_got);
  { const Node::Lease back = std::move(*b); }
  other.join();
  CHECK(has_got);
}

TEST_CASE("the number of idle connections is limited") {
  ScriptedServer server(idle);
  Options options;
  options.idle_connections_max = 1;
  NodeUnderTest test(server.address(), options);
  for (int round = 0; round < 3; ++round) {
    auto a = test.node.lease(late());
    auto b = test.node.lease(late());
    REQUIRE(a);
    REQUIRE(b);
    a->keep();
    b->keep();
  }
  // Two at first, then one beside the idle one.
  CHECK(server.has_had(4));
}

TEST_CASE("a node that refuses connections is ejected and returns after a probe") {
  Options options;
  options.health = {.failures_max = 2, .backoff_min = 10ms, .backoff_max = 10ms};
  Address address;
  {
    ScriptedServer server(idle);
    address = server.address();
  }
  NodeUnderTest test(address, options);
  CHECK_FALSE(test.node.lease(late()));
  CHECK_FALSE(test.node.is_ejected());
  CHECK_FALSE(test.node.lease(late()));
  CHECK(test.node.is_ejected());
  CHECK(*test.changes == 1);

  test.node.probe_if_due(NodeHealth::Time{}, 1s);  // long before the probe is due
  CHECK(test.node.is_ejected());
  std::this_thread::sleep_for(10ms);
  test.node.probe_if_due(std::chrono::steady_clock::now(), 1s);  // no server listens
  CHECK(test.node.is_ejected());

  ScriptedServer server(
      [](ScriptedPeer& peer) {
        if (peer.line() == "mn") peer.say("MN\r\n");
      },
      address.port);
  std::this_thread::sleep_for(10ms);
  test.node.probe_if_due(std::chrono::steady_clock::now(), 10s);
  CHECK_FALSE(test.node.is_ejected());
  CHECK(*test.changes == 2);
}

TEST_CASE("a probe accepts only the exact reply") {
  Options options;
  options.health = {.failures_max = 1, .backoff_min = 0ms, .backoff_max = 0ms};
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.line();
    peer.say(peer.number() == 1 ? "ERROR\r\n" : "");
    peer.drain();
  });
  NodeUnderTest test(server.address(), options);
  auto lease = test.node.lease(late());
  REQUIRE(lease);
  lease->discard();
  REQUIRE(test.node.is_ejected());
  for (int i = 0; i < 2; ++i) {
    test.node.probe_if_due(std::chrono::steady_clock::now() + 1s, 50ms);
    CHECK(test.node.is_ejected());
  }
  CHECK(server.has_had(3));
}

}  // namespace
}  // namespace larder::client
