#include "larderctl/ring_table.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

using client::Flow;
using client::Ring;
using client::RingKind;

Ring make(RingKind kind, std::vector<client::RingNode> nodes) {
  auto ring = Ring::make(kind, std::move(nodes));
  REQUIRE(ring);
  return std::move(*ring);
}

Flow flow_of(std::vector<uint64_t> before, std::vector<uint64_t> after, std::vector<uint64_t> lost,
             std::vector<uint64_t> gained, uint64_t moved) {
  return {1000, moved, std::move(before), std::move(after), std::move(lost), std::move(gained)};
}

RingOptions options_of(const Words& words) {
  auto options = parse_ring_options(words);
  REQUIRE(options);
  return *options;
}

TEST_CASE("the title says how the shares were determined") {
  const Flow flow = flow_of({1000}, {1000}, {0}, {0}, 0);
  CHECK(ring_title(make(RingKind::Ketama, {{"a", 1}}), flow, {}) ==
        "ketama, 1 node: exact shares of the ring");
  CHECK(ring_title(make(RingKind::Jump, {{"a", 1}, {"b", 1}}), flow, {1000, 5}) ==
        "jump, 2 nodes: shares of 1000 keys, seed 5");
}

TEST_CASE("rings with points have a column for them and others do not") {
  const Flow flow = flow_of({300, 700}, {300, 700}, {0, 0}, {0, 0}, 0);
  CHECK(shares_table(make(RingKind::Ketama, {{"cache.example", 11211}, {"::1", 11211, 3}}), flow) ==
        "node                     weight  points      share       fair\n"
        "cache.example:11211           1      80    30.00 %    25.00 %\n"
        "[::1]:11211                   3     240    70.00 %    75.00 %\n");
  CHECK(shares_table(make(RingKind::Rendezvous, {{"a", 1}, {"b", 1}}), flow) ==
        "node      weight      share       fair\n"
        "a:1            1    30.00 %    50.00 %\n"
        "b:1            1    70.00 %    50.00 %\n");
}

TEST_CASE("an added or removed node has no share in the other column") {
  const RingOptions options =
      options_of({"--servers", "a:1,b:1", "--remove", "a:1", "--add", "c:1"});
  const Ring before = make(options.kind, options.servers);
  const Ring after = make(options.kind, options.servers_after());
  const Flow flow = flow_of({400, 600}, {550, 450}, {400, 50}, {0, 450}, 450);
  CHECK(changes_table(options, before, after, flow) ==
        "node      weight      share      after       fair      loses      gains\n"
        "a:1            1    40.00 %          -          -    40.00 %          -\n"
        "b:1            1    60.00 %    55.00 %    50.00 %     5.00 %     0.00 %\n"
        "c:1            1          -    45.00 %    50.00 %          -    45.00 %\n"
        "\n"
        "without a:1, with c:1: 45.00 % of all keys move, where about 50.00 % is expected\n");
}

std::string last_line(const RingOptions& options) {
  const Ring before = make(options.kind, options.servers);
  const Ring after = make(options.kind, options.servers_after());
  const std::string table =
      changes_table(options, before, after, client::flow_between(before, after, options.sample));
  return table.substr(table.find("\n\n") + 2);
}

TEST_CASE("adding or removing one of N equal nodes moves about one Nth of the keys") {
  const std::string with =
      last_line(options_of({"--servers", "a:1,b:1,c:1", "--add", "d:1", "--hash", "ketama-plain"}));
  CHECK(with.ends_with(" % of all keys move, where about 1/4 = 25.00 % is expected\n"));
  const std::string without =
      last_line(options_of({"--servers", "a:1,b:1,c:1", "--remove", "c:1"}));
  CHECK(without.starts_with("without c:1: "));
  CHECK(without.ends_with(" % of all keys move, where about 1/3 = 33.33 % is expected\n"));
  const std::string heavy = last_line(options_of({"--servers", "a:1,b:1", "--add", "c:1:2"}));
  CHECK(heavy.ends_with(" % of all keys move, where about 50.00 % is expected\n"));
}

}  // namespace
}  // namespace larder::ctl
