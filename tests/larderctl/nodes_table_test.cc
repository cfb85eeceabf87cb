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

TEST_CASE("rows are aligned, and an unknown value is shown as a dash") {
  NodeStatus full = node_at(11211, Health::Up);
  full.list_version = 12;
  full.stats = {.version = "1.6.45",
                .larder_version = "0.1.0",
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
  CHECK(
      nodes_table(12, {full, bare, down}) ==
      "version 12, 3 nodes\n"
      "\n"
      "node            health    list        server  uptime     hits    items              bytes  "
      "connections  evictions\n"
      "10.0.0.1:11211  up          12  Larder 0.1.0   1d 1h  66.67 %  1000000  1.5 KB of 64.0 MB  "
      "          3          0\n"
      "10.0.0.1:1      draining     -             -       -        -        -             - of -  "
      "          -          -\n"
      "10.0.0.1:11212  down      timed out?[2J\n");
}

TEST_CASE("nodes with different versions are reported during an upgrade") {
  const auto node_with = [](const std::string& version, const std::string& larder_version) {
    NodeStatus node = node_at(1, Health::Up);
    node.stats.version = version;
    node.stats.larder_version = larder_version;
    return node;
  };
  const NodeStatus old = node_with("1.6.45", "0.1.0");
  const NodeStatus fresh = node_with("1.6.45", "0.2.0");
  CHECK_THAT(nodes_table(1, {old, old}), Catch::StartsWith("version 1, 2 nodes\n"));
  CHECK_THAT(nodes_table(1, {old, fresh}),
             Catch::StartsWith("version 1, 2 nodes, 2 versions of the server\n") &&
                 Catch::Contains(" Larder 0.1.0 ") && Catch::Contains(" Larder 0.2.0 "));
  CHECK_THAT(nodes_table(1, {node_with("1.6.18", "")}), Catch::Contains(" 1.6.18 "));
}

TEST_CASE("times and sizes are shown in suitable units") {
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
