#include "client/discovery.h"

#include <catch2/catch.hpp>

#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;

Result<ClusterText> ask(const std::string& answer) {
  std::string asked;
  Result<ClusterText> cluster = fail(ErrorCode::Application, "nobody was asked");
  {
    support::ScriptedServer server([&](support::ScriptedPeer& peer) {
      asked = peer.line();
      peer.say(answer);
    });
    auto connection = Connection::connect(server.address(), deadline_after(20s));
    REQUIRE(connection);
    cluster = ask_for_cluster(*connection, deadline_after(20s));
  }
  CHECK(asked == "config get cluster");
  return cluster;
}

std::string config(const std::string& text) {
  return "CONFIG cluster 0 " + std::to_string(text.size()) + "\r\n" + text + "\r\nEND\r\n";
}

TEST_CASE("discovery returns the list of nodes that the server announces") {
  const auto cluster = ask(config("7\na.example|10.0.0.1|11211 b.example||11212\n"));
  REQUIRE(cluster);
  CHECK(cluster->version == 7);
  CHECK(cluster->nodes ==
        std::vector<ClusterNode>{{"a.example", "10.0.0.1", 11211}, {"b.example", "", 11212}});
}

TEST_CASE("a server without a cluster configuration is reported as such") {
  for (const std::string answer : {"ERROR\r\n", "END\r\n", "CLIENT_ERROR unauthenticated\r\n"}) {
    const auto cluster = ask(answer);
    REQUIRE_FALSE(cluster);
    CHECK(cluster.error().text.find(answer.substr(0, answer.size() - 2)) != std::string::npos);
  }
}

TEST_CASE("an incomplete reply gives no list") {
  const std::string whole = config("7\na|b|1\n");
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(ask(whole.substr(0, size)));
  }
}

TEST_CASE("a reply of another form gives no list") {
  const std::string answer = GENERATE(
      as<std::string>{}, "CONFIG cluster 0 8\r\n7\na|b|1\nEND\r\n\r\n",
      "CONFIG cluster 0 7\r\n7\na|b|1\n\r\nEND\r\n", "CONFIG cluster 0 8\r\n7\na|b|1\n\r\nEN\r\n",
      "CONFIG cluster 0 65537\r\n", "CONFIG cluster 8\r\n7\na|b|1\n\r\nEND\r\n",
      "CONFIG other 0 8\r\n7\na|b|1\n\r\nEND\r\n", "CONFIG cluster 0 -8\r\n",
      "CONFIG cluster 0 8\r\n0\na|b|1\n\r\nEND\r\n");
  CAPTURE(answer);
  CHECK_FALSE(ask(answer));
}

}  // namespace
}  // namespace larder::client
