#include "larderctl/nodes_table.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

NodeStatus node_at(uint16_t port, Health health) {
  NodeStatus status;
  status.node = {.host = "10.0.0.1", .ip = "10.0.0.1", .port = port};
  status.health = health;
  return status;
}

TEST_CASE("rows are aligned, and what is not known is a dash") {
  NodeStatus full = node_at(11211, Health::Up);
  full.list_version = 12;
  full.stats = {.version = "1.6.45",
                .uptime_seconds = 90'061,
                .get_hits = 2,
                .get_misses = 1,
                .items = 1'000'000,
                .bytes = 1536,
                .limit_bytes = 64u << 20,
                .connections = 3,
                .evictions = 0};
  const NodeStatus bare = node_at(1, Health::Draining);
  NodeStatus down = node_at(11212, Health::Down);
  down.reason = "timed out\x1b[2J";
  CHECK(nodes_table(12, {full, bare, down}) ==
        "version 12, 3 nodes\n"
        "\n"
        "node            health    list  version  uptime     hits    items              bytes  "
        "connections  evictions\n"
        "10.0.0.1:11211  up          12   1.6.45   1d 1h  66.67 %  1000000  1.5 KB of 64.0 MB  "
        "          3          0\n"
        "10.0.0.1:1      draining     -        -       -        -        -             - of -  "
        "          -          -\n"
        "10.0.0.1:11212  down      timed out?[2J\n");
}

TEST_CASE("times and sizes have the unit that suits them") {
  const auto row = [](uint64_t uptime_seconds, uint64_t bytes) {
    NodeStatus node = node_at(1, Health::Up);
    node.stats.uptime_seconds = uptime_seconds;
    node.stats.bytes = bytes;
    return nodes_table(1, {node});
  };
  CHECK_THAT(row(59, 1023), Catch::Contains(" 59s ") && Catch::Contains(" 1023 B of - "));
  CHECK_THAT(row(60, 1024), Catch::Contains(" 1m 0s ") && Catch::Contains(" 1.0 KB of - "));
  CHECK_THAT(row(7199, 5u << 20), Catch::Contains(" 1h 59m ") && Catch::Contains(" 5.0 MB "));
  CHECK_THAT(row(172'800, uint64_t{3} << 50),
             Catch::Contains(" 2d 0h ") && Catch::Contains(" 3072.0 TB "));
  CHECK_THAT(row(0, 0), Catch::StartsWith("version 1, 1 node\n"));
}

}  // namespace
}  // namespace larder::ctl
