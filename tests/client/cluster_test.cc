#include "client/cluster.h"

#include <catch2/catch.hpp>
#include <set>

namespace larder::client {
namespace {

using namespace std::chrono_literals;

// No connection is made here; failed leases on ports that refuse connections change the health.
NodeConfig node_at(uint16_t port, const std::string& host = "127.0.0.1") {
  NodeConfig config;
  config.address.host = host;
  config.address.port = port;
  return config;
}

Options options_of(std::vector<NodeConfig> nodes, FailureMode mode = FailureMode::Eject) {
  Options options;
  options.nodes = std::move(nodes);
  options.failure_mode = mode;
  options.health = {.failures_max = 1, .backoff_min = 1h, .backoff_max = 1h};
  return options;
}

std::unique_ptr<Cluster> make(const Options& options) {
  auto cluster = Cluster::make(options);
  REQUIRE(cluster);
  return std::move(*cluster);
}

std::string owner_of(const Routing& routing, const std::string& key) {
  const auto place = routing.node_of(key);
  return place ? routing.nodes()[*place]->name() : "";
}

// No server listens on port 1.
void fail_once(Cluster& cluster, size_t place) {
  CHECK_FALSE(cluster.nodes()[place]->lease(deadline_after(1s)));
}

TEST_CASE("keys have the owners that the ring determines") {
  const auto cluster = make(options_of({node_at(21000), node_at(21001), node_at(21002)}));
  const auto ring = Ring::make(RingKind::Ketama,
                               {{"127.0.0.1", 21000}, {"127.0.0.1", 21001}, {"127.0.0.1", 21002}});
  REQUIRE(ring);
  const auto routing = cluster->routing();
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key" + std::to_string(i);
    CHECK(*routing->node_of(key) == ring->node_of(key));
  }
}

TEST_CASE("the name of a node on the ring may differ from its address") {
  Options options = options_of({node_at(21000), node_at(21001)});
  options.nodes[0].ring_host = "cache-a";
  options.nodes[1].ring_host = "cache-b";
  const auto cluster = make(options);
  const auto ring = Ring::make(RingKind::Ketama, {{"cache-a", 21000}, {"cache-b", 21001}});
  REQUIRE(ring);
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key" + std::to_string(i);
    CHECK(*cluster->routing()->node_of(key) == ring->node_of(key));
  }
}

TEST_CASE("an ejected node's keys move to other nodes and no other keys move") {
  const auto cluster = make(options_of({node_at(1), node_at(2), node_at(3), node_at(4)}));
  std::vector<std::string> owners;
  for (int i = 0; i < 2000; ++i) {
    owners.push_back(owner_of(*cluster->routing(), "key" + std::to_string(i)));
  }
  fail_once(*cluster, 1);
  const auto after = cluster->routing();
  CHECK(after->nodes().size() == 3);
  size_t moved_count = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string owner = owner_of(*after, "key" + std::to_string(i));
    const bool was_its = owners[i] == "127.0.0.1:2";
    moved_count += was_its;
    CHECK((owner != owners[i]) == was_its);
    CHECK_FALSE(owner.empty());
  }
  CHECK(moved_count > 200);
}

TEST_CASE("without ejection a failed node's keys fail and no key moves") {
  const auto cluster = make(options_of({node_at(1), node_at(2), node_at(3)}, FailureMode::Strict));
  const auto before = cluster->routing();
  std::vector<std::string> owners;
  for (int i = 0; i < 1000; ++i) {
    owners.push_back(owner_of(*before, "key" + std::to_string(i)));
  }
  fail_once(*cluster, 1);
  const auto after = cluster->routing();
  for (int i = 0; i < 1000; ++i) {
    const std::string owner = owner_of(*after, "key" + std::to_string(i));
    CHECK(owner == (owners[i] == "127.0.0.1:2" ? "" : owners[i]));
  }
}

TEST_CASE("with every node ejected a lookup is an error") {
  const auto cluster = make(options_of({node_at(1)}));
  fail_once(*cluster, 0);
  const auto place = cluster->routing()->node_of("key");
  REQUIRE_FALSE(place);
  CHECK(place.error().text == "no node is up");
}

TEST_CASE("a new list is accepted if its version is greater") {
  const auto cluster = make(options_of({node_at(1)}));
  CHECK(*cluster->replace(5, {node_at(2)}));
  CHECK_FALSE(*cluster->replace(5, {node_at(3)}));
  CHECK_FALSE(*cluster->replace(4, {node_at(3)}));
  CHECK(cluster->version() == 5);
  CHECK(cluster->nodes()[0]->name() == "127.0.0.1:2");
  CHECK(cluster->routing()->nodes()[0]->name() == "127.0.0.1:2");
  CHECK(*cluster->replace(6, {node_at(3)}));
  CHECK(cluster->nodes()[0]->name() == "127.0.0.1:3");
}

TEST_CASE("a node in both lists keeps its connections and its health") {
  const auto cluster = make(options_of({node_at(1), node_at(2)}));
  const auto old = cluster->nodes();
  fail_once(*cluster, 1);
  REQUIRE(*cluster->replace(1, {node_at(2), node_at(3)}));
  CHECK(cluster->nodes()[0] == old[1]);
  CHECK(cluster->routing()->nodes().size() == 1);
  CHECK(owner_of(*cluster->routing(), "key") == "127.0.0.1:3");
}

TEST_CASE("a Unix socket is accepted by the kinds of ring that support it") {
  Options options = options_of({node_at(1)});
  options.nodes.push_back({.address = *parse_address("/run/cache.sock")});
  for (const RingKind kind : {RingKind::Ketama, RingKind::KetamaPlain, RingKind::Rendezvous}) {
    options.ring = kind;
    CHECK(Cluster::make(options));
  }
  for (const RingKind kind : {RingKind::Twemproxy, RingKind::Spymemcached}) {
    options.ring = kind;
    const auto refused = Cluster::make(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("/run/cache.sock is a Unix socket") == 0);
  }
}

TEST_CASE("a list that makes no valid ring changes nothing") {
  Options options = options_of({node_at(1)});
  options.ring = RingKind::Rendezvous;
  const auto cluster = make(options);
  NodeConfig heavy = node_at(2);
  heavy.weight = 2;
  CHECK_FALSE(cluster->replace(1, {heavy}));
  CHECK_FALSE(cluster->replace(1, {}));
  CHECK_FALSE(cluster->replace(1, {node_at(2), node_at(2)}));
  CHECK(cluster->version() == 0);
  CHECK(owner_of(*cluster->routing(), "key") == "127.0.0.1:1");
  CHECK_FALSE(Cluster::make(options_of({})));
  CHECK_FALSE(Cluster::make(options_of({node_at(1), node_at(1)})));
}

}  // namespace
}  // namespace larder::client
