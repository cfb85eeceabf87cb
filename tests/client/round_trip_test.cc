#include "client/round_trip.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using support::opaque_of;
using support::ScriptedPeer;
using support::ScriptedServer;

struct Asker {
  explicit Asker(const std::vector<Address>& addresses,
                 std::chrono::milliseconds request_timeout = 10s) {
    for (const Address& address : addresses) options.nodes.push_back({.address = address});
    options.request_timeout = request_timeout;
    options.health.failures_max = 0;
    auto made = Cluster::make(options);
    REQUIRE(made);
    cluster = std::move(*made);
    round_trip = std::make_unique<RoundTrip>(*cluster, options);
  }

  std::vector<Result<MetaReply>> get(const std::vector<std::string>& keys) {
    std::vector<MetaRequest> requests;
    for (const std::string& key : keys) requests.push_back({.key = key, .flags = " v"});
    return round_trip->run(requests);
  }
  // The value of one key, or "error: " and the reason.
  std::string value(const std::string& key) {
    const auto reply = std::move(get({key})[0]);
    return reply ? reply->value : "error: " + reply.error().text;
  }

  Options options;
  std::unique_ptr<Cluster> cluster;
  std::unique_ptr<RoundTrip> round_trip;
};

// "mg key v O7" -> "key"
std::string key_of(const std::string& line) { return line.substr(3, line.find(' ', 3) - 3); }

std::string hit(const std::string& line) {
  const std::string value = "of " + key_of(line);
  return "VA " + std::to_string(value.size()) + " " + opaque_of(line) + "\r\n" + value + "\r\n";
}

// Replies "of <key>" to every get.
void serve(ScriptedPeer& peer) {
  for (std::string line = peer.line(); !line.empty(); line = peer.line()) {
    peer.say(line == "mn" ? "MN\r\n" : hit(line));
  }
}

TEST_CASE("each key gets its own reply, in order, from several nodes") {
  ScriptedServer a(serve);
  ScriptedServer b(serve);
  ScriptedServer c(serve);
  Asker asker({a.address(), b.address(), c.address()});
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) keys.push_back("key" + std::to_string(i % 200));
  for (int round = 0; round < 3; ++round) {
    const auto replies = asker.get(keys);
    REQUIRE(replies.size() == keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      REQUIRE(replies[i]);
      CHECK(replies[i]->value == "of " + keys[i]);
    }
  }
  // One connection each, reused every time.
  for (const ScriptedServer* server : {&a, &b, &c}) CHECK(server->has_had(1));
}

TEST_CASE("an invalid key fails without affecting the others") {
  ScriptedServer server(serve);
  Asker asker({server.address()});
  const auto replies = asker.get({"a", "", std::string(251, 'k'), "b"});
  CHECK(replies[0]->value == "of a");
  CHECK_FALSE(replies[1]);
  CHECK_FALSE(replies[2]);
  CHECK(replies[3]->value == "of b");
  CHECK(asker.get({}).empty());
}

TEST_CASE("an unreachable node fails only its own keys") {
  ScriptedServer good(serve);
  Address nobody;
  {
    ScriptedServer gone(serve);
    nobody = gone.address();
  }
  Asker asker({good.address(), nobody});
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("key" + std::to_string(i));
  const auto replies = asker.get(keys);
  const auto routing = asker.cluster->routing();
  for (size_t i = 0; i < keys.size(); ++i) {
    const bool is_good =
        routing->nodes()[*routing->node_of(keys[i])]->name() == good.address().text();
    CHECK(replies[i].has_value() == is_good);
    if (!is_good) {
      CHECK(replies[i].error().text.find(nobody.text()) != std::string::npos);
    }
  }
}

TEST_CASE("a late reply is not delivered to a later request") {
  ScriptedServer server([](ScriptedPeer& peer) {
    if (peer.number() > 0) return serve(peer);
    const std::string late = peer.line();
    std::this_thread::sleep_for(600ms);
    peer.say(hit(late));
    peer.say("MN\r\n");
    serve(peer);
  });
  Asker asker({server.address()}, 300ms);
  CHECK(asker.value("slow") == "error: " + server.address().text() + ": timed out");
  std::this_thread::sleep_for(500ms);
  for (const std::string key : {"a", "b", "c"}) CHECK(asker.value(key) == "of " + key);
  CHECK(server.has_had(2));
}

TEST_CASE("an incomplete reply is not delivered, and the connection is not reused") {
  const std::string half = GENERATE(as<std::string>{}, "V", "VA 4", "VA 4 O1\r\n", "VA 4 O1\r\nab",
                                    "VA 4 O1\r\nabcd", "VA 4 O1\r\nabcd\r", "E");
  CAPTURE(half);
  const bool closes = GENERATE(false, true);
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.number() > 0) return serve(peer);
    peer.line();
    peer.say(half);
    if (!closes) peer.drain();
  });
  Asker asker({server.address()}, closes ? 10'000ms : 300ms);
  CHECK(asker.value("a").starts_with("error: "));
  CHECK(asker.value("b") == "of b");
  CHECK(server.has_had(2));
}

TEST_CASE("a wrong reply is not delivered, and the connection is not reused") {
  const std::string wrong = GENERATE(
      as<std::string>{}, "VA 5 O999\r\nwrong\r\nMN\r\n", "VA 5\r\nwrong\r\nMN\r\n", "MN\r\n",
      "END\r\n", "VALUE a 0 5\r\nwrong\r\nEND\r\n", "ERROR\r\nVA 5 O1\r\nwrong\r\nMN\r\n",
      "\x81\x04\x01\x00", "VA 5 O1\r\nwrong but longer\r\nMN\r\n");
  CAPTURE(wrong);
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.number() > 0) return serve(peer);
    peer.line();
    peer.say(wrong);
    peer.drain();
  });
  Asker asker({server.address()}, 1s);
  CHECK(asker.value("a").starts_with("error: "));
  CHECK(asker.value("b") == "of b");
  CHECK(server.has_had(2));
}

TEST_CASE("a value that looks like a reply is not parsed as one") {
  ScriptedServer server([&](ScriptedPeer& peer) {
    const std::string first = peer.line();
    const std::string second = peer.line();
    const std::string trap = "x\r\nVA 5 " + opaque_of(second) + "\r\nwrong\r\n";
    peer.say("VA " + std::to_string(trap.size()) + " " + opaque_of(first) + "\r\n" + trap + "\r\n");
    peer.say(hit(second));
    serve(peer);
  });
  Asker asker({server.address()});
  const auto replies = asker.get({"a", "b"});
  CHECK(replies[1]->value == "of b");
}

TEST_CASE("replies in the wrong order break the batch at the first wrong one") {
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.number() > 0) return serve(peer);
    const std::string lines[] = {peer.line(), peer.line(), peer.line()};
    peer.say(hit(lines[0]) + hit(lines[2]) + hit(lines[1]) + "MN\r\n");
    peer.drain();
  });
  Asker asker({server.address()});
  const auto replies = asker.get({"a", "b", "c"});
  CHECK(replies[0]->value == "of a");
  CHECK_FALSE(replies[1]);
  CHECK_FALSE(replies[2]);
  CHECK(asker.value("d") == "of d");
}

TEST_CASE("a refusal fails only its request, and the connection is kept") {
  ScriptedServer server([&](ScriptedPeer& peer) {
    peer.line();
    peer.say("SERVER_ERROR out of memory\r\n");
    serve(peer);
  });
  Asker asker({server.address()});
  const auto replies = asker.get({"a", "b"});
  CHECK(replies[0]->code == MetaReply::Code::Refused);
  CHECK(replies[1]->value == "of b");
  CHECK(asker.value("c") == "of c");
  CHECK(server.has_had(1));
}

TEST_CASE("a server that has reached its connection limit is reported as such") {
  ScriptedServer server(
      [](ScriptedPeer& peer) { peer.say("ERROR Too many open connections\r\n"); });
  Asker asker({server.address()});
  const std::string value = asker.value("a");
  CAPTURE(value);
  CHECK(value.starts_with("error: "));
}

TEST_CASE("a restarted server is used over a new connection") {
  uint16_t port = 0;
  auto first = std::make_unique<ScriptedServer>(serve);
  port = first->address().port;
  Asker asker({first->address()});
  CHECK(asker.value("a") == "of a");
  first.reset();
  ScriptedServer second(serve, port);
  CHECK(asker.value("b") == "of b");
}

TEST_CASE("a silent node does not delay the replies of the others") {
  ScriptedServer good(serve);
  ScriptedServer silent([](ScriptedPeer& peer) { peer.drain(); });
  Asker asker({good.address(), silent.address()}, 500ms);
  std::vector<std::string> keys;
  for (int i = 0; i < 50; ++i) keys.push_back("key" + std::to_string(i));
  size_t answered_count = 0;
  for (const auto& reply : asker.get(keys)) answered_count += reply.has_value();
  CHECK(answered_count > 5);
  CHECK(answered_count < 45);
}

}  // namespace
}  // namespace larder::client
