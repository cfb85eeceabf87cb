#include "server/advertised_node.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("a literal address is its own ip") {
  CHECK(advertised_node({"127.0.0.1", 11211}) == ClusterNode{"127.0.0.1", "127.0.0.1", 11211});
  CHECK(advertised_node({"::1", 9}) == ClusterNode{"::1", "::1", 9});
}

TEST_CASE("a name stays and has its IPv4 address beside it") {
  CHECK(advertised_node({"localhost", 9}) == ClusterNode{"localhost", "127.0.0.1", 9});
}

TEST_CASE("a name that nobody knows has no ip") {
  CHECK(advertised_node({"no such name", 9}) == ClusterNode{"no such name", "", 9});
}

}  // namespace
}  // namespace larder::server
