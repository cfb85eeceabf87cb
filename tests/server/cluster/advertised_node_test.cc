#include "server/cluster/advertised_node.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("a configured IP address is kept") {
  CHECK(with_ip({"localhost", "10.0.0.1", 9}) == base::ClusterNode{"localhost", "10.0.0.1", 9});
}

TEST_CASE("a host name is kept and its IPv4 address is added") {
  CHECK(with_ip({"localhost", "", 9}) == base::ClusterNode{"localhost", "127.0.0.1", 9});
}

TEST_CASE("an unknown host name has no IP address") {
  CHECK(with_ip({"no such name", "", 9}) == base::ClusterNode{"no such name", "", 9});
}

}  // namespace
}  // namespace larder::server
