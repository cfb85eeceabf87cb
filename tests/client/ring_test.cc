#include "client/ring.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

namespace larder::client {
namespace {

std::vector<RingNode> nodes(size_t count, uint16_t first_port = 21000) {
  std::vector<RingNode> result;
  for (size_t i = 0; i < count; ++i) {
    result.push_back({"10.0.0.1", static_cast<uint16_t>(first_port + i)});
  }
  return result;
}

Ring make(RingKind kind, std::vector<RingNode> of) {
  auto ring = Ring::make(kind, std::move(of));
  REQUIRE(ring);
  return std::move(*ring);
}

size_t point_count(const Ring& ring, size_t node) {
  return static_cast<size_t>(
      std::count_if(ring.points().begin(), ring.points().end(),
                    [&](const Ring::Point& point) { return point.node == node; }));
}

constexpr RingKind kAllKinds[] = {RingKind::Ketama,     RingKind::KetamaPlain,
                                  RingKind::Twemproxy,  RingKind::Spymemcached,
                                  RingKind::Rendezvous, RingKind::Jump};

TEST_CASE("each kind of ring has a name") {
  for (const RingKind kind : kAllKinds) CHECK(ring_kind_of(name_of(kind)) == kind);
  CHECK(ring_kind_of("modula") == std::nullopt);
  CHECK(ring_kind_of("") == std::nullopt);
}

TEST_CASE("a ring requires nodes, and accepts weights only if its kind supports them") {
  for (const RingKind kind : kAllKinds) {
    CHECK_FALSE(Ring::make(kind, {}));
    const bool knows_weights = kind == RingKind::Ketama || kind == RingKind::Twemproxy;
    CHECK(Ring::make(kind, {{"a", 1, 2}, {"b", 1, 1}}).has_value() == knows_weights);
    CHECK(Ring::make(kind, {{"a", 1, 0}, {"b", 1, 1}}));
  }
}

TEST_CASE("a duplicate server is refused whatever its weights") {
  for (const RingKind kind : kAllKinds) {
    CHECK(Ring::make(kind, {{"a", 1}, {"b", 1}, {"a", 2}}));
    const auto twice = Ring::make(kind, {{"a", 1}, {"b", 1}, {"a", 1}});
    REQUIRE_FALSE(twice);
    CHECK(twice.error().text == "a:1 is in the list twice");
  }
  CHECK_FALSE(Ring::make(RingKind::Ketama, {{"a", 1, 1}, {"a", 1, 2}}));
}

TEST_CASE("twemproxy names may have up to 80 bytes") {
  const std::string longest(80, 'h');
  CHECK(Ring::make(RingKind::Twemproxy, {{longest, 11211}}));
  CHECK_FALSE(Ring::make(RingKind::Twemproxy, {{longest, 11212}}));
  CHECK(Ring::make(RingKind::Ketama, {{longest, 11212}}));
}

TEST_CASE("a Unix socket is named by its path in the kinds of ring that support it") {
  // Results of pymemcache's HashClient for key0, key1 ... with these nodes.
  const Ring sockets =
      make(RingKind::Rendezvous, {{"/run/a.sock", 0}, {"/run/b.sock", 0}, {"/run/c.sock", 0}});
  std::string owners;
  for (int i = 0; i < 32; ++i) {
    owners += sockets.nodes()[sockets.node_of("key" + std::to_string(i))].host[5];
  }
  CHECK(owners == "cabcaabbacbbcacbaabbcbacbcaabbcb");
  for (const RingKind kind : kAllKinds) {
    const auto ring = Ring::make(kind, {{"/run/a.sock", 0}, {"/run/b.sock", 0}});
    const bool is_known = kind != RingKind::Twemproxy && kind != RingKind::Spymemcached;
    REQUIRE(ring.has_value() == is_known);
    if (!is_known) CHECK(ring.error().text.starts_with("/run/a.sock is a Unix socket"));
  }
}

TEST_CASE("a single node owns every key") {
  for (const RingKind kind : kAllKinds) {
    CHECK(make(kind, nodes(1)).node_of("any") == 0);
    CHECK(make(kind, nodes(1)).node_of("") == 0);
  }
}

TEST_CASE("the empty key has an owner like any other key") {
  CHECK(make(RingKind::Rendezvous, nodes(9)).node_of("") < 9);
  // The MD5 of the empty string begins with d41d8cd9.
  const Ring ring = make(RingKind::Ketama, nodes(9));
  CHECK(ring.node_of("") == ring.owner_of(0xd98c1dd4));
}

TEST_CASE("a point owns the hashes up to its value and the first also those after the last") {
  const Ring ring = make(RingKind::Ketama, nodes(5));
  const auto& points = ring.points();
  for (size_t i = 1; i < points.size(); ++i) {
    CHECK(points[i - 1].value < points[i].value);
    CHECK(ring.owner_of(points[i].value) == points[i].node);
    CHECK(ring.owner_of(points[i - 1].value + 1) == points[i].node);
  }
  CHECK(ring.owner_of(0) == points.front().node);
  CHECK(ring.owner_of(UINT32_MAX) == points.front().node);
}

TEST_CASE("weights of any size leave a ring with points") {
  const Ring ring = make(RingKind::Ketama, {{"light", 1, 1}, {"heavy", 1, UINT32_MAX}});
  CHECK(point_count(ring, 0) == 0);
  CHECK(point_count(ring, 1) == 320);
  std::vector<RingNode> heaviest = nodes(50);
  for (RingNode& node : heaviest) node.weight = UINT32_MAX;
  CHECK(point_count(make(RingKind::Twemproxy, heaviest), 0) == 156);
}

// The ring of eight servers in libmemcached's tests.
TEST_CASE("weighted nodes have the same number of points as in libmemcached") {
  const uint32_t weights[] = {600, 300, 200, 350, 1000, 800, 950, 100};
  const size_t counts[] = {176, 88, 56, 104, 296, 236, 280, 28};
  std::vector<RingNode> servers;
  for (uint8_t i = 0; i < 8; ++i) {
    servers.push_back({"10.0.1." + std::to_string(i + 1), 11211, weights[i]});
  }
  const Ring ring = make(RingKind::Ketama, servers);
  for (size_t i = 0; i < 8; ++i) CHECK(point_count(ring, i) == counts[i]);
}

TEST_CASE("equal nodes have 160 points each, except for counts that binary32 rounds down") {
  for (const size_t count : {2, 3, 7, 14, 24, 26, 49, 56}) {
    CHECK(point_count(make(RingKind::Ketama, nodes(count)), 0) == 160);
  }
  for (const size_t count : {25, 47, 50, 55, 61, 71, 94, 100, 107, 109, 110, 115, 122}) {
    CHECK(point_count(make(RingKind::Ketama, nodes(count)), count - 1) == 156);
    CHECK(point_count(make(RingKind::Spymemcached, nodes(count)), 0) == 160);
  }
}

TEST_CASE("libmemcached's names omit the default port, spymemcached's do not") {
  const std::vector<RingNode> with_default = {{"localhost", 11211}, {"localhost", 11212}};
  const Ring ketama = make(RingKind::Ketama, with_default);
  const Ring spy = make(RingKind::Spymemcached, with_default);
  const Ring elsewhere = make(RingKind::Ketama, nodes(2));
  const Ring spy_elsewhere = make(RingKind::Spymemcached, nodes(2));
  size_t different = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key" + std::to_string(i);
    different += ketama.node_of(key) != spy.node_of(key);
    CHECK(elsewhere.node_of(key) == spy_elsewhere.node_of(key));
  }
  CHECK(different > 100);
}

// From spymemcached's test of its compatibility with libmemcached.
TEST_CASE("two nodes of equal weight share keys as in libmemcached") {
  const Ring ring = make(RingKind::Ketama, {{"localhost", 11211, 8}, {"localhost", 11212, 8}});
  const std::map<std::string, uint16_t> ports = {
      {"key1", 11212}, {"key2", 11211}, {"key3", 11212}, {"key4", 11212}};
  for (const auto& [key, port] : ports) CHECK(ring.nodes()[ring.node_of(key)].port == port);
}

// From spymemcached's own test.
TEST_CASE("the last point of four local nodes is the same as in spymemcached") {
  const Ring ring = make(
      RingKind::Spymemcached,
      {{"127.0.0.1", 10000}, {"127.0.0.1", 10001}, {"127.0.0.1", 10002}, {"127.0.0.1", 10003}});
  CHECK(ring.points().size() == 640);
  CHECK(ring.points().back().value == 4294887009);
}

TEST_CASE("every node has a fair share") {
  constexpr size_t kCount = 10;
  constexpr int kKeys = 20'000;
  for (const RingKind kind : kAllKinds) {
    const Ring ring = make(kind, nodes(kCount));
    std::vector<int> shares(kCount);
    for (int i = 0; i < kKeys; ++i) ++shares[ring.node_of("key:" + std::to_string(i))];
    for (const int share : shares) {
      CHECK(share > kKeys / 20);  // half of a tenth
      CHECK(share < kKeys / 5);
    }
  }
}

TEST_CASE("an added node takes keys from others and moves none between them") {
  for (const RingKind kind : kAllKinds) {
    const Ring before = make(kind, nodes(8));
    const Ring after = make(kind, nodes(9));
    int moved = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = "key:" + std::to_string(i);
      const size_t node = after.node_of(key);
      if (node == before.node_of(key)) continue;
      ++moved;
      CHECK(node == 8);
    }
    CHECK(moved > 20'000 / 18);
    CHECK(moved < 20'000 / 5);
  }
}

TEST_CASE("shares are proportional to the weights") {
  const Ring ring = make(RingKind::Ketama, {{"a", 1, 1}, {"b", 1, 3}});
  int of_b = 0;
  for (int i = 0; i < 20'000; ++i) of_b += ring.node_of(std::to_string(i)) == 1;
  CHECK(std::abs(of_b - 15'000) < 1'500);
}

}  // namespace
}  // namespace larder::client
