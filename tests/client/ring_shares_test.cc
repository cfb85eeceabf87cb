#include "client/ring_shares.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

namespace larder::client {
namespace {

constexpr RingKind kAllKinds[] = {RingKind::Ketama,     RingKind::KetamaPlain,
                                  RingKind::Twemproxy,  RingKind::Spymemcached,
                                  RingKind::Rendezvous, RingKind::Jump};

constexpr Sample kSample = {100'000, 7};

std::vector<RingNode> nodes(size_t count) {
  std::vector<RingNode> result;
  for (size_t i = 0; i < count; ++i) result.push_back({"10.0.0." + std::to_string(i + 1), 11211});
  return result;
}

Ring make(RingKind kind, std::vector<RingNode> of) {
  auto ring = Ring::make(kind, std::move(of));
  REQUIRE(ring);
  return std::move(*ring);
}

uint64_t sum(const std::vector<uint64_t>& amounts) {
  return std::accumulate(amounts.begin(), amounts.end(), uint64_t{0});
}

TEST_CASE("the shares before and after a change add up to the whole") {
  for (const RingKind kind : kAllKinds) {
    const Flow flow = flow_between(make(kind, nodes(5)), make(kind, nodes(7)), kSample);
    CAPTURE(name_of(kind));
    const bool is_exact = kind != RingKind::Rendezvous && kind != RingKind::Jump;
    CHECK(flow.total == (is_exact ? uint64_t{1} << 32 : kSample.key_count));
    CHECK(sum(flow.before) == flow.total);
    CHECK(sum(flow.after) == flow.total);
    CHECK(sum(flow.lost) == flow.moved);
    CHECK(sum(flow.gained) == flow.moved);
    for (size_t i = 0; i < 5; ++i) {
      CHECK(flow.before[i] - flow.lost[i] + flow.gained[i] == flow.after[i]);
    }
  }
}

TEST_CASE("a single node owns the whole ring") {
  for (const RingKind kind : kAllKinds) {
    const Ring ring = make(kind, nodes(1));
    const Flow flow = flow_between(ring, ring, kSample);
    CHECK(flow.before == std::vector<uint64_t>{flow.total});
    CHECK(flow.moved == 0);
  }
}

TEST_CASE("arcs agree with the results of node_of") {
  for (const RingKind kind : {RingKind::Ketama, RingKind::Twemproxy}) {
    std::vector<RingNode> of = nodes(4);
    of[2].weight = 3;
    const Ring ring = make(kind, of);
    const Flow flow = flow_between(ring, ring, kSample);
    std::vector<int> counts(4);
    for (int i = 0; i < 100'000; ++i) ++counts[ring.node_of("key:" + std::to_string(i))];
    // fnv1a_64 distributes similar keys less evenly than MD5.
    const double margin = kind == RingKind::Ketama ? 0.005 : 0.05;
    for (size_t i = 0; i < 4; ++i) {
      CHECK(std::abs(flow.part(flow.before[i]) - counts[i] / 100'000.0) < margin);
    }
  }
}

TEST_CASE("an added node takes keys and no other node gains any") {
  for (const RingKind kind : kAllKinds) {
    for (const size_t count : {3, 7, 10, 20}) {
      const Ring after = make(kind, nodes(count));
      const Flow flow = flow_between(make(kind, nodes(count - 1)), after, kSample);
      CAPTURE(name_of(kind), count);
      CHECK(flow.moved > 0);
      CHECK(flow.gained[count - 1] == flow.moved);
    }
  }
}

TEST_CASE("without points one Nth of the keys moves to the Nth node") {
  for (const RingKind kind : {RingKind::Rendezvous, RingKind::Jump}) {
    const Flow flow = flow_between(make(kind, nodes(4)), make(kind, nodes(5)), {200'000, 1});
    CHECK(flow.part(flow.moved) * 5 == Approx(1).margin(0.02));
  }
}

// A node's share of a ring depends on the positions of its points, and so on its name.
TEST_CASE("with points one Nth moves to the Nth node, averaged over its possible names") {
  for (const RingKind kind : {RingKind::Ketama, RingKind::Twemproxy, RingKind::Spymemcached}) {
    const Ring before = make(kind, nodes(9));
    double moved = 0;
    constexpr int kNames = 100;
    for (int i = 0; i < kNames; ++i) {
      std::vector<RingNode> more = nodes(9);
      more.push_back({"cache-" + std::to_string(i), 11211});
      const Flow flow = flow_between(before, make(kind, more), kSample);
      CHECK(flow.part(flow.moved) * 10 == Approx(1).margin(0.35));
      moved += flow.part(flow.moved);
    }
    CHECK(moved / kNames * 10 == Approx(1).margin(0.02));
  }
}

TEST_CASE("a removed node gives away all its keys and no other node loses any") {
  for (const RingKind kind : kAllKinds) {
    if (kind == RingKind::Jump) continue;
    std::vector<RingNode> fewer = nodes(10);
    fewer.erase(fewer.begin() + 4);
    const Flow flow = flow_between(make(kind, nodes(10)), make(kind, fewer), kSample);
    CHECK(flow.moved == flow.before[4]);
    CHECK(flow.lost[4] == flow.moved);
  }
}

TEST_CASE("the jump hash moves far more keys when a node other than the last is removed") {
  std::vector<RingNode> fewer = nodes(10);
  fewer.erase(fewer.begin());
  const Flow flow =
      flow_between(make(RingKind::Jump, nodes(10)), make(RingKind::Jump, fewer), kSample);
  CHECK(flow.part(flow.moved) > 0.5);
}

TEST_CASE("the 25th node of a ketama ring takes a few points from every node") {
  // From 160 points each to 156: the other nodes also exchange arcs.
  const Flow flow =
      flow_between(make(RingKind::Ketama, nodes(24)), make(RingKind::Ketama, nodes(25)), kSample);
  CHECK(flow.gained[24] < flow.moved);
  const Flow spy = flow_between(make(RingKind::Spymemcached, nodes(24)),
                                make(RingKind::Spymemcached, nodes(25)), kSample);
  CHECK(spy.gained[24] == spy.moved);
}

TEST_CASE("a sample is reproducible and another seed gives another one") {
  const Ring ring = make(RingKind::Rendezvous, nodes(3));
  const Flow first = flow_between(ring, ring, {1000, 1});
  CHECK(flow_between(ring, ring, {1000, 1}).before == first.before);
  CHECK(flow_between(ring, ring, {1000, 2}).before != first.before);
}

TEST_CASE("fair shares are proportional to the weights") {
  CHECK(fair_parts({{"a", 1, 1}, {"b", 1, 3}}) == std::vector<double>{0.25, 0.75});
  CHECK(fair_move(nodes(3), nodes(4)) == Approx(0.25));
  CHECK(fair_move(nodes(4), nodes(3)) == Approx(0.25));
  CHECK(fair_move(nodes(4), nodes(4)) == 0);
  // b's share increases from one half to three quarters.
  CHECK(fair_move({{"a", 1, 1}, {"b", 1, 1}}, {{"a", 1, 1}, {"b", 1, 3}}) == Approx(0.25));
  CHECK(fair_move({{"a", 1}}, {{"b", 1}}) == 1);
}

}  // namespace
}  // namespace larder::client
