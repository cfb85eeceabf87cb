// The options of `config get cluster`.
#include <catch2/catch.hpp>

#include "server/options/options.h"
#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

TEST_CASE("a cluster is configured by a list or by files") {
  const Options bare = options_of("");
  CHECK(bare.cluster_nodes.empty());
  CHECK(bare.cluster_nodes_file.empty());
  CHECK(bare.cluster_state_file.empty());
  CHECK(!bare.advertised_node);
  CHECK(options_of("--nodes b.x:2,a.x:1|10.0.0.1 --nodes=[::1]:3").cluster_nodes ==
        base::ClusterNodes{{"::1", "::1", 3}, {"a.x", "10.0.0.1", 1}, {"b.x", "", 2}});
  CHECK(options_of("--nodes-file a").cluster_nodes_file == "a");
  CHECK(options_of("--cluster-state b").cluster_state_file == "b");
  CHECK(options_of("--advertise a.x:1|::1").advertised_node == base::ClusterNode{"a.x", "::1", 1});
}

TEST_CASE("clients may change the cluster only if enabled") {
  CHECK(!options_of("").has_config_set);
  CHECK(options_of("-o config_set").has_config_set);
  CHECK(!options_of("-o config_set,no_config_set").has_config_set);
}

TEST_CASE("an invalid node is refused with the reason") {
  const Refused rows[] = {
      {"--nodes a_b.x:1", 1,
       "larder: --nodes: cluster node 'a_b.x:1': a host is a literal address, or letters, "
       "digits, '-' and '.'"},
      {"--nodes a.x:1,", 1, "larder: --nodes: cluster node '': expected host:port or host:port|ip"},
      {"--nodes a.x:1 --nodes a.x:1", 1,
       "larder: --nodes: cluster node 'a.x||1': is in the list twice"},
      {"--advertise a.x", 1,
       "larder: --advertise: cluster node 'a.x': expected host:port or host:port|ip"},
      {"--nodes-file=", 1, "larder: --nodes-file needs a path"},
      {"--cluster-state=", 1, "larder: --cluster-state needs a path"},
      {"--nodes a.x:1 --nodes-file a", 64, "larder: --nodes and --nodes-file exclude each other"},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

constexpr const char* kNode = "--cluster a --advertise h.x:5 --etcd http://e:1 ";

TEST_CASE("a node of an etcd cluster is configured by three options") {
  const Options node = options_of("--cluster a.B-3_ --advertise h.example:5 --etcd http://e:2379");
  CHECK(node.cluster == "a.B-3_");
  CHECK(node.advertised_node == base::ClusterNode{"h.example", "", 5});
  CHECK(node.etcd_endpoints == std::vector<std::string>{"http://e:2379"});
  CHECK(node.etcd_ttl_seconds == 5);
  const Options alone = options_of("");
  CHECK(alone.cluster.empty());
  CHECK(alone.etcd_endpoints.empty());
}

TEST_CASE("endpoints are URLs separated by commas") {
  const Options node =
      options_of("--cluster a --advertise [::1]:5 --etcd https://[::1]:1/,http://b");
  CHECK(node.etcd_endpoints == std::vector<std::string>{"https://[::1]:1", "http://b"});
  CHECK(node.advertised_node == base::ClusterNode{"::1", "::1", 5});
}

TEST_CASE("the credentials of etcd are files") {
  const Options node = options_of(std::string(kNode) +
                                  "--etcd-ca c "
                                  "--etcd-cert d "
                                  "--etcd-key e "
                                  "--etcd-user-file f "
                                  "--etcd-ttl 9");
  CHECK(node.etcd_ca_file == "c");
  CHECK(node.etcd_certificate_file == "d");
  CHECK(node.etcd_key_file == "e");
  CHECK(node.etcd_user_file == "f");
  CHECK(node.etcd_ttl_seconds == 9);
}

TEST_CASE("a drain takes five seconds with a cluster and none without by default") {
  CHECK(options_of("").drain_seconds == 0);
  CHECK(options_of("--drain-seconds 7").drain_seconds == 7);
  CHECK(options_of(kNode).drain_seconds == 5);
  CHECK(options_of(std::string(kNode) + "--drain-seconds 0").drain_seconds == 0);
}

TEST_CASE("an inconsistent cluster configuration is refused") {
  const std::string node = kNode;
  const std::pair<std::string, std::string> rows[] = {
      {"--cluster a --advertise h.x:5", "larder: --cluster needs --etcd"},
      {"--cluster a --etcd http://e:1", "larder: --cluster needs --advertise"},
      {"--etcd http://e:1", "larder: --etcd needs --cluster"},
      {node + "--nodes a.x:1", "larder: --cluster has its list from etcd alone"},
      {node + "-o config_set", "larder: -o config_set cannot be had with --cluster"},
      {node + "--etcd-cert c", "larder: --etcd-cert and --etcd-key go together"},
      {node + "--etcd-key c", "larder: --etcd-cert and --etcd-key go together"},
      {"--cluster a/b",
       "larder: --cluster is 1 to 64 letters, digits, \"-\", \"_\" and \".\", not "
       "\"a/b\""},
      {"--etcd e:1", "larder: --etcd needs URLs such as http://10.0.0.1:2379, not \"e:1\""},
      {"--etcd http://", "larder: --etcd needs URLs such as http://10.0.0.1:2379, not \"http://\""},
      {"--etcd http://a/b",
       "larder: --etcd needs URLs such as http://10.0.0.1:2379, not "
       "\"http://a/b\""},
      {"--etcd http://u:p@a",
       "larder: --etcd needs URLs such as http://10.0.0.1:2379, not "
       "\"http://u:p@a\""},
      {"--etcd http://a,,http://b",
       "larder: --etcd needs URLs such as http://10.0.0.1:2379, not "
       "\"\""},
      {"--etcd-ttl 1", "larder: --etcd-ttl takes 2 to 3600 seconds, not 1"},
      {"--drain-seconds -1", "larder: --drain-seconds takes 0 to 3600, not -1"},
  };
  for (const auto& [text, line] : rows) {
    CAPTURE(text);
    CHECK(refused(text).line == line);
  }
}

}  // namespace
}  // namespace larder::server
