#include "client/cluster_text.h"

#include <catch2/catch.hpp>

namespace larder::client {
namespace {

TEST_CASE("a list of nodes is read") {
  const auto text = parse_cluster_text(
      "12\n"
      "a.cfg.example|10.82.235.120|11211 b.cfg.example||11212 c|fe80::1|1\n");
  REQUIRE(text);
  CHECK(text->version == 12);
  REQUIRE(text->nodes.size() == 3);
  CHECK(text->nodes[0] == ClusterNode{"a.cfg.example", "10.82.235.120", 11211});
  CHECK(text->nodes[1] == ClusterNode{"b.cfg.example", "", 11212});
  CHECK(text->nodes[2] == ClusterNode{"c", "fe80::1", 1});
}

TEST_CASE("line ends and blanks may be other servers'") {
  for (const std::string text :
       {"1\na|b|2", "1\r\na|b|2\r\n", "1\n a|b|2 \n\r\n", "1\na|b|2\n\n"}) {
    CAPTURE(text);
    const auto parsed = parse_cluster_text(text);
    REQUIRE(parsed);
    CHECK(parsed->nodes == std::vector<ClusterNode>{{"a", "b", 2}});
  }
}

TEST_CASE("what is no list of nodes is refused") {
  const std::string text = GENERATE(
      as<std::string>{}, "", "\n", "1", "1\n", "1\n\n", "x\na|b|1\n", "-1\na|b|1\n", "1 \na|b|1\n",
      "18446744073709551616\na|b|1\n", "1\na\n", "1\na|b\n", "1\na|b|\n", "1\na|b|0\n",
      "1\na|b|65536\n", "1\na|b|1|\n", "1\n|b|1\n", "1\na|b|1,c|d|2\n", "1\na|b|1\nc|d|2\n");
  CAPTURE(text);
  CHECK_FALSE(parse_cluster_text(text));
}

}  // namespace
}  // namespace larder::client
