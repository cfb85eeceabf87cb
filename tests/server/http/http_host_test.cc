#include "server/http/http_host.h"

#include <catch2/catch.hpp>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

TEST_CASE("literal addresses, unqualified names and the server's own name are local") {
  for (const char* host : {"", "localhost", "LocalHost:9150", "localhost.:9150", "box", "box:80",
                           "a.localhost:1", "127.0.0.1", "127.0.0.1:9150", "10.1.2.3:80", "[::1]",
                           "[::1]:9150", "node.example.org", "NODE.example.org:9150"}) {
    INFO(host);
    CHECK(is_local_host(host, "node.example.org"));
  }
}

TEST_CASE("other host names are not local") {
  for (const char* host :
       {"rebound.example", "rebound.example:9150", "127.0.0.1.example", "localhost.example",
        "notlocalhost.com", "node.example.org.evil", "[zz::1]", "1.2.3"}) {
    INFO(host);
    CHECK_FALSE(is_local_host(host, "node.example.org"));
  }
}

TEST_CASE("a socket reports whether its connection came through a loopback address") {
  const auto pair = support::socket_pair();
  CHECK_FALSE(came_by_loopback(pair.ours.get()));  // of a Unix socket
  CHECK_FALSE(came_by_loopback(-1));
}

}  // namespace
}  // namespace larder::server
