#include "server/cluster/advertised_node.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("an ip that is told stays") {
  CHECK(with_ip({"localhost", "10.0.0.1", 9}) == base::ClusterNode{"localhost", "10.0.0.1", 9});
}

TEST_CASE("a name stays and has its IPv4 address beside it") {
  CHECK(with_ip({"localhost", "", 9}) == base::ClusterNode{"localhost", "127.0.0.1", 9});
}

TEST_CASE("a name that nobody knows has no ip") {
  CHECK(with_ip({"no such name", "", 9}) == base::ClusterNode{"no such name", "", 9});
}

}  // namespace
}  // namespace larder::server
