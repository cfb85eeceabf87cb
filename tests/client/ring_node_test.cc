#include "client/ring_node.h"

#include <catch2/catch.hpp>

namespace larder::client {
namespace {

std::string reason(std::string_view text) {
  const auto node = parse_ring_node(text);
  return node ? "" : node.error().text;
}

TEST_CASE("a node has a host, a port and an optional weight") {
  struct {
    std::string_view text;
    std::string host;
    uint16_t port;
    uint32_t weight;
  } const cases[] = {
      {"cache-1.example:11211", "cache-1.example", 11211, 1},
      {"10.0.0.1:1:600", "10.0.0.1", 1, 600},
      {"[::1]:11211", "::1", 11211, 1},
      {"[fe80::1%eth0]:65535:4294967295", "fe80::1%eth0", 65535, UINT32_MAX},
      {"cache/10.0.0.1:11211", "cache/10.0.0.1", 11211, 1},
  };
  for (const auto& expected : cases) {
    CAPTURE(expected.text);
    const auto node = parse_ring_node(expected.text);
    REQUIRE(node);
    CHECK(node->host == expected.host);
    CHECK(node->port == expected.port);
    CHECK(node->weight == expected.weight);
    CHECK(parse_ring_node(node->text())->is_same_server(*node));
  }
}

TEST_CASE("the text of a node has brackets around IPv6 addresses and no weight") {
  CHECK(parse_ring_node("a:1:7")->text() == "a:1");
  CHECK(parse_ring_node("[::1]:2:7")->text() == "[::1]:2");
}

TEST_CASE("an invalid node is refused with a reason") {
  for (const std::string_view text : {"",
                                      ":",
                                      "a",
                                      "a:",
                                      ":1",
                                      "a:0",
                                      "a:65536",
                                      "a:x",
                                      "a:1:",
                                      "a:1:0",
                                      "a:1:-1",
                                      "a:1:x",
                                      "a:1:4294967296",
                                      "a:1:2:3",
                                      "::1:11211",
                                      "::1",
                                      "[::1]",
                                      "[::1",
                                      "[::1]:1:",
                                      "[::1]:1:2:3",
                                      "a b:1",
                                      "a\n:1",
                                      "a\":1",
                                      "a`id`:1",
                                      "a\\:1",
                                      "a$:1",
                                      " a:1",
                                      "a:1 ",
                                      "a:1:2 ",
                                      "/a/socket",
                                      "/a/socket:3"}) {
    CAPTURE(text);
    CHECK_FALSE(reason(text).empty());
  }
  CHECK(reason("a:1:0") == "bad node 'a:1:0': the weight must be a number from 1 to 4294967295");
  CHECK(reason("a") == "bad address 'a': expected host:port or /a/path");
}

TEST_CASE("nodes are separated by commas") {
  const auto nodes = parse_ring_nodes("a:1,[::1]:2:3,c:4");
  REQUIRE(nodes);
  REQUIRE(nodes->size() == 3);
  CHECK((*nodes)[1].host == "::1");
  CHECK((*nodes)[1].weight == 3);
  CHECK((*nodes)[2].text() == "c:4");
  for (const std::string_view text : {"", ",", "a:1,", ",a:1", "a:1,,b:2", "a:1, b:2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ring_nodes(text));
  }
}

}  // namespace
}  // namespace larder::client
