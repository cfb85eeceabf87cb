#include "base/cluster_text.h"

#include <catch2/catch.hpp>

namespace larder::base {
namespace {

ClusterNodes nodes_of(std::initializer_list<std::string_view> texts) {
  ClusterNodes nodes;
  for (const std::string_view text : texts) {
    auto node = parse_cluster_node(text);
    CAPTURE(text);
    REQUIRE(node);
    nodes.push_back(*node);
  }
  return nodes;
}

std::string refusal_of_node(std::string_view text) {
  const auto node = parse_cluster_node(text);
  return node ? "" : node.error().text;
}

std::string refusal_of(std::string_view text) {
  const auto cluster = parse_cluster(text);
  return cluster ? "" : cluster.error().text;
}

TEST_CASE("the cluster text has the form that ElastiCache documents") {
  const auto nodes =
      nodes_of({"myCluster.pc4ldq.0001.use1.cache.amazonaws.com:11211|10.82.235.120",
                "myCluster.pc4ldq.0002.use1.cache.amazonaws.com:11211|10.80.249.27"});
  const std::string text = format_cluster({12, nodes});
  CHECK(text ==
        "12\nmyCluster.pc4ldq.0001.use1.cache.amazonaws.com|10.82.235.120|11211 "
        "myCluster.pc4ldq.0002.use1.cache.amazonaws.com|10.80.249.27|11211\n");
  CHECK(text.size() == 136);
  const auto parsed = parse_cluster(text);
  REQUIRE(parsed);
  CHECK(*parsed == Cluster{12, nodes});
}

TEST_CASE("a node is parsed from host, port and an optional address") {
  CHECK(nodes_of({"a.example:11211"}).front() == ClusterNode{"a.example", "", 11211});
  CHECK(nodes_of({"a.example:1|10.0.0.1"}).front() == ClusterNode{"a.example", "10.0.0.1", 1});
  CHECK(nodes_of({"10.0.0.1:65535"}).front() == ClusterNode{"10.0.0.1", "10.0.0.1", 65535});
  CHECK(nodes_of({"10.0.0.1:1|10.0.0.2"}).front() == ClusterNode{"10.0.0.1", "10.0.0.2", 1});
  CHECK(nodes_of({"[::1]:1"}).front() == ClusterNode{"::1", "::1", 1});
  CHECK(nodes_of({"a.b:1|fe80::1"}).front() == ClusterNode{"a.b", "fe80::1", 1});
}

TEST_CASE("a node that some client could not parse is refused, with the reason") {
  using Catch::Contains;
  CHECK_THAT(refusal_of_node("a_b.example:1"),
             Contains("'a_b.example:1': a host is a literal address"));
  CHECK_THAT(refusal_of_node("cache:1"), Contains("must contain a dot"));
  CHECK_THAT(refusal_of_node("a.BACKEND:1"), Contains("END or CONFIG"));
  CHECK_THAT(refusal_of_node("CONFIG.example:1"), Contains("END or CONFIG"));
  CHECK(refusal_of_node("backend.config:1").empty());
  CHECK_THAT(refusal_of_node(":1"), Contains("the host is empty"));
  CHECK_THAT(refusal_of_node("a b.example:1"), Contains("letters"));
  CHECK_THAT(refusal_of_node("a.example|1:1"), Contains("expected host:port"));
  for (const char* host : {"-a.b", "a.b-", ".a.b", "a.b.", "a..b"}) {
    CAPTURE(host);
    CHECK_THAT(refusal_of_node(std::string(host) + ":1"), Contains("must begin and end"));
  }
  CHECK_THAT(refusal_of_node("10.0.0.256:1"), Contains("looks like an IP address"));
  CHECK_THAT(refusal_of_node(std::string(252, 'a') + ".b:1"), Contains("253"));
  CHECK(refusal_of_node(std::string(251, 'a') + ".b:1").empty());
  for (const char* text : {"a.b", "a.b|10.0.0.1"}) {
    CHECK_THAT(refusal_of_node(text), Contains("expected host:port"));
  }
  for (const char* port : {"", "0", "65536", "-1", "+1", "01", "1 ", "x"}) {
    CAPTURE(port);
    CHECK_THAT(refusal_of_node("a.b:" + std::string(port)), Contains("the port must be"));
  }
  for (const char* ip : {"", "a.b", "10.0.0", "10.0.0.1|", "1.2.3.4 "}) {
    CAPTURE(ip);
    CHECK_THAT(refusal_of_node("a.b:1|" + std::string(ip)), Contains("is not an IP address"));
  }
  CHECK_THAT(refusal_of_node("::1:1"), Contains("brackets"));
  CHECK_THAT(refusal_of_node("[a.b]:1"), Contains("brackets"));
  // The text in the error may contain any bytes, and is written to a log.
  CHECK_THAT(refusal_of_node("\x1b[2J\n.b:1"), Contains("'?[2J?.b:1'"));
}

TEST_CASE("nodes are sorted by host, without duplicates") {
  const auto arranged = arrange_cluster_nodes(nodes_of({"b.x:1", "a.x:20", "a.x:3", "B.x:1"}));
  REQUIRE(arranged);
  CHECK(format_cluster({1, *arranged}) == "1\nB.x||1 a.x||3 a.x||20 b.x||1\n");
  const auto twice = arrange_cluster_nodes(nodes_of({"a.x:1|10.0.0.1", "b.x:1", "a.x:1|10.0.0.2"}));
  REQUIRE(!twice);
  CHECK_THAT(twice.error().text, Catch::Contains("twice"));
  CHECK(!arrange_cluster_nodes({}));
  CHECK(!arrange_cluster_nodes({{"a_b.c", "", 1}}));
}

TEST_CASE("a list is limited to the size of a configuration") {
  ClusterNodes nodes;
  // "n1000.example||11211" and a space are 21 bytes; two line ends and ten digits are added.
  constexpr size_t kFitting = (kClusterTextSizeMax - 11) / 21;
  for (size_t i = 0; i < kFitting; ++i) {
    nodes.push_back({"n" + std::to_string(1000 + i) + ".example", "", 11211});
  }
  CHECK(arrange_cluster_nodes(nodes));
  nodes.push_back({"n0999.example", "", 11211});
  CHECK(!arrange_cluster_nodes(nodes));
}

TEST_CASE("a cluster text is accepted only if every client can parse it") {
  CHECK(refusal_of("1\na.b||1\n").empty());
  CHECK(refusal_of("2147483647\na.b|1.2.3.4|1 c.d|::1|2\n").empty());
  const auto sorted = parse_cluster("1\nb.x||1 a.x||1\n");
  REQUIRE(sorted);
  CHECK(sorted->nodes.front().host == "a.x");
  for (const char* version : {"", "0", "01", "2147483648", "-1", "+1", "1 ", " 1", "x"}) {
    CAPTURE(version);
    CHECK_THAT(refusal_of(std::string(version) + "\na.b||1\n"), Catch::Contains("version"));
  }
  for (const char* text : {"", "1", "1\n", "1\na.b||1", "1\r\na.b||1\r\n\n", "1\na.b||1\n\n",
                           "1\n\na.b||1\n", "\n1\na.b||1\n"}) {
    CAPTURE(text);
    CHECK_THAT(refusal_of(text), Catch::Contains("two lines"));
  }
  for (const char* nodes :
       {"", " a.b||1", "a.b||1 ", "a.b||1  c.d||1", "a.b|1", "a.b||", "|| 1", "a.b||1|", "a.b|||1",
        "||1", "a||1", "a.b|x|1", "a.b||1\r", "a.b||1 a.b||1"}) {
    CAPTURE(nodes);
    CHECK_THAT(refusal_of("1\n" + std::string(nodes) + "\n"), Catch::Contains("cluster node"));
  }
}

TEST_CASE("the client parser reads the list of any server") {
  const auto text = read_cluster_text(
      "12\n"
      "a.cfg.example|10.82.235.120|11211 b.cfg.example||11212 c|fe80::1|1\n");
  REQUIRE(text);
  CHECK(text->version == 12);
  REQUIRE(text->nodes.size() == 3);
  CHECK(text->nodes[0] == ClusterNode{"a.cfg.example", "10.82.235.120", 11211});
  CHECK(text->nodes[1] == ClusterNode{"b.cfg.example", "", 11212});
  CHECK(text->nodes[2] == ClusterNode{"c", "fe80::1", 1});
}

TEST_CASE("the client parser accepts other line ends and blanks") {
  for (const std::string text :
       {"1\na|b|2", "1\r\na|b|2\r\n", "1\n a|b|2 \n\r\n", "1\na|b|2\n\n"}) {
    CAPTURE(text);
    const auto parsed = read_cluster_text(text);
    REQUIRE(parsed);
    CHECK(parsed->nodes == std::vector<ClusterNode>{{"a", "b", 2}});
  }
}

TEST_CASE("the client parser refuses a text that is not a list of nodes") {
  const std::string text = GENERATE(
      as<std::string>{}, "", "\n", "1", "1\n", "1\n\n", "x\na|b|1\n", "-1\na|b|1\n", "1 \na|b|1\n",
      "18446744073709551616\na|b|1\n", "1\na\n", "1\na|b\n", "1\na|b|\n", "1\na|b|0\n",
      "1\na|b|65536\n", "1\na|b|1|\n", "1\n|b|1\n", "1\na|b|1,c|d|2\n", "1\na|b|1\nc|d|2\n");
  CAPTURE(text);
  CHECK_FALSE(read_cluster_text(text));
}

}  // namespace
}  // namespace larder::base
