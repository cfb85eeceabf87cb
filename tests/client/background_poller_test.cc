#include "client/background_poller.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "client/deadline.h"
#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using support::ScriptedPeer;
using support::ScriptedServer;

// Waits generously; the time is not measured.
template <class Claim>
bool comes_true(Claim claim) {
  const Deadline deadline = deadline_after(20s);
  while (!claim()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

// A cluster of one unreachable node, whose version increases with each request.
struct Seed {
  void answer(ScriptedPeer& peer) {
    peer.line();
    if (is_broken) return;
    const std::string text = std::to_string(++version) + "\na|127.0.0.1|1\n";
    peer.say("CONFIG cluster 0 " + std::to_string(text.size()) + "\r\n" + text + "\r\nEND\r\n");
  }

  std::atomic<int> version = 0;
  std::atomic<bool> is_broken = false;
  ScriptedServer server{[this](ScriptedPeer& peer) { answer(peer); }};
};

std::unique_ptr<Client> make(Options options) {
  auto client = Client::make(std::move(options));
  REQUIRE(client);
  return std::move(*client);
}

TEST_CASE("the list of nodes is polled at intervals and failures are reported") {
  Seed seed;
  Options options;
  options.nodes = {{.address = seed.server.address()}};
  options.discovery.emplace();
  const auto client = make(options);
  CHECK(client->cluster_version() == 1);
  std::atomic<int> failure_count = 0;
  {
    const BackgroundPoller poller(*client, 10ms, [&](const Error&) { ++failure_count; });
    CHECK(comes_true([&] { return client->cluster_version() >= 4; }));
    CHECK(failure_count == 0);
    seed.is_broken = true;
    CHECK(comes_true([&] { return failure_count >= 2; }));
    seed.is_broken = false;
    const uint64_t version = client->cluster_version();
    CHECK(comes_true([&] { return client->cluster_version() > version; }));
  }
  const uint64_t version = client->cluster_version();
  std::this_thread::sleep_for(50ms);
  CHECK(client->cluster_version() == version);
}

TEST_CASE("a poller stops at once even if its interval is long") {
  Seed seed;
  Options options;
  options.nodes = {{.address = seed.server.address()}};
  options.discovery.emplace();
  const auto client = make(options);
  const auto start = std::chrono::steady_clock::now();
  { const BackgroundPoller poller(*client, 1h); }
  CHECK(std::chrono::steady_clock::now() - start < 20s);
}

TEST_CASE("nodes recover without any operation, also with a fixed list of nodes") {
  Address address;
  {
    ScriptedServer nobody([](ScriptedPeer&) {});
    address = nobody.address();
  }
  Options options;
  options.nodes = {{.address = address}};
  options.health = {.failures_max = 1, .backoff_min = 10ms, .backoff_max = 10ms};
  const auto client = make(options);
  CHECK_FALSE(client->get("k"));
  REQUIRE(client->nodes()[0].is_ejected);
  const BackgroundPoller poller(*client, 20ms);
  std::this_thread::sleep_for(50ms);
  CHECK(client->nodes()[0].is_ejected);
  ScriptedServer server(
      [](ScriptedPeer& peer) {
        if (peer.line() == "mn") peer.say("MN\r\n");
      },
      address.port);
  CHECK(comes_true([&] { return !client->nodes()[0].is_ejected; }));
}

}  // namespace
}  // namespace larder::client
