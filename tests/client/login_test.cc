#include "client/login.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "client/client.h"
#include "client/connector.h"
#include "tests/support/larder_process.h"
#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;

Result<Connection> connect(const Address& address, const Login& login, Deadline deadline) {
  const auto connector = Connector::make(login, {});
  REQUIRE(connector);
  return connector->connect(address, {}, deadline);
}

std::string refusal_of(const Address& address, const Login& login) {
  const auto connection = connect(address, login, deadline_after(20s));
  REQUIRE_FALSE(connection);
  return connection.error().text;
}

TEST_CASE("a server that requires a login serves clients with valid credentials") {
  const support::TemporaryDirectory directory;
  std::ofstream(directory.file("users")) << "anna:se cret\n";
  const support::LarderProcess larder({"-Y", directory.file("users")});

  Options options;
  options.nodes = {{.address = larder.address()}};
  SECTION("valid credentials") {
    options.login = Login{"anna", "se cret"};
    auto client = Client::make(options);
    REQUIRE(client);
    CHECK((*client)->set("k", "v"));
    CHECK((**(*client)->get("k")).value == "v");
  }
  SECTION("wrong credentials") {
    options.login = Login{"anna", "secret"};
    auto client = Client::make(options);
    REQUIRE(client);
    const auto item = (*client)->get("k");
    REQUIRE_FALSE(item);
    CHECK(item.error().text.find("the login was refused: CLIENT_ERROR authentication failure") !=
          std::string::npos);
  }
  SECTION("no credentials") {
    auto client = Client::make(options);
    REQUIRE(client);
    const auto item = (*client)->get("k");
    REQUIRE_FALSE(item);
    CHECK(item.error().text.find("unauthenticated") != std::string::npos);
  }
}

TEST_CASE("a login is the value of a set and its user name contains no blank") {
  std::string head;
  std::string value;
  support::ScriptedServer server([&](support::ScriptedPeer& peer) {
    head = peer.line();
    value = peer.line();
    peer.say("STORED\r\n");
    peer.drain();
  });
  CHECK(connect(server.address(), Login{"anna", "a b"}, deadline_after(20s)));
  CHECK(head == "set larder-login 0 -1 8");
  CHECK(value == "anna a b");
  CHECK(refusal_of(server.address(), {"an na", "x"}).find("blank") != std::string::npos);
}

TEST_CASE("a server without logins stores no password") {
  const support::LarderProcess larder;
  Options options;
  options.nodes = {{.address = larder.address()}};
  const auto plain = Client::make(options);
  REQUIRE(plain);
  REQUIRE((*plain)->set("login", "the application's"));
  const auto connection = connect(larder.address(), Login{"anna", "secret"}, deadline_after(20s));
  CHECK(connection);
  CHECK((**(*plain)->get("login")).value == "the application's");
  CHECK_FALSE((*plain)->get("larder-login")->has_value());
}

TEST_CASE("a login without a reply ends at the deadline") {
  support::ScriptedServer server([&](support::ScriptedPeer& peer) { peer.drain(); });
  const auto connection = connect(server.address(), Login{"anna", "x"}, deadline_after(30ms));
  REQUIRE_FALSE(connection);
  CHECK(connection.error().text.find("timed out") != std::string::npos);
}

}  // namespace
}  // namespace larder::client
