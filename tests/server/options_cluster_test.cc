// The options of what `config get cluster` answers.
#include <catch2/catch.hpp>

#include "server/options.h"
#include "tests/server/command_lines.h"

namespace larder::server {
namespace {

TEST_CASE("a cluster is named by a list, or by files") {
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

TEST_CASE("clients change it only if they are let") {
  CHECK(!options_of("").has_config_set);
  CHECK(options_of("-o config_set").has_config_set);
  CHECK(!options_of("-o config_set,no_config_set").has_config_set);
}

TEST_CASE("a bad node is refused with the reason") {
  const Refused rows[] = {
      {"--nodes a_b.x:1", 1,
       "larder: --nodes: cluster node 'a_b.x:1': a host is letters, digits, '-' and '.', or a "
       "literal address"},
      {"--nodes a.x:1,", 1, "larder: --nodes: cluster node '': want host:port or host:port|ip"},
      {"--nodes a.x:1 --nodes a.x:1", 1,
       "larder: --nodes: cluster node 'a.x||1': stands in the list twice"},
      {"--advertise a.x", 1,
       "larder: --advertise: cluster node 'a.x': want host:port or host:port|ip"},
      {"--nodes-file=", 1, "larder: --nodes-file needs a path"},
      {"--cluster-state=", 1, "larder: --cluster-state needs a path"},
      {"--nodes a.x:1 --nodes-file a", 64, "larder: --nodes and --nodes-file exclude each other"},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

}  // namespace
}  // namespace larder::server
