// The error codes of operations.
#include "client/error.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <set>
#include <string>

#include "client/client.h"
#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using support::ScriptedPeer;
using support::ScriptedServer;

std::unique_ptr<Client> client_of(const Address& address, Options options = {}) {
  options.nodes = {{.address = address}};
  auto made = Client::make(options);
  REQUIRE(made);
  return std::move(*made);
}

// The code of a get from a server that replies with `answer` and then closes the connection.
ErrorCode code_after(const std::string& answer) {
  ScriptedServer server([&](ScriptedPeer& peer) {
    peer.line();
    peer.line();
    peer.say(answer);
  });
  const auto item = client_of(server.address())->get("k");
  REQUIRE_FALSE(item);
  return item.error().code;
}

TEST_CASE("every error code has its own name") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::ServerRefused); ++i) {
    CHECK_FALSE(name_of(static_cast<ErrorCode>(i)).empty());
    CHECK(names.insert(name_of(static_cast<ErrorCode>(i))).second);
  }
}

TEST_CASE("the error of a failed system call includes its reason") {
  errno = ENOENT;
  const Error error = fail_errno(ErrorCode::System, "cannot open the file");
  CHECK(error.code == ErrorCode::System);
  CHECK(error.text == "cannot open the file: No such file or directory");
}

TEST_CASE("an impossible request is an invalid argument") {
  CHECK(parse_address("nowhere").error().code == ErrorCode::InvalidArgument);
  CHECK(Client::make({}).error().code == ErrorCode::InvalidArgument);
  ScriptedServer server([](ScriptedPeer& peer) { peer.drain(); });
  const auto client = client_of(server.address());
  CHECK(client->get("").error().code == ErrorCode::InvalidArgument);
  CHECK(client->get(std::string(251, 'k')).error().code == ErrorCode::InvalidArgument);
  CHECK(client->poll().error().code == ErrorCode::InvalidArgument);
  CHECK(client->invalidate("k", 0s).error().code == ErrorCode::InvalidArgument);
}

TEST_CASE("the server's reply determines the error code") {
  CHECK(code_after("SERVER_ERROR out of memory\r\nMN\r\n") == ErrorCode::ServerRefused);
  CHECK(code_after("HD O1\r\nMN\r\n") == ErrorCode::BadReply);
  CHECK(code_after("SSH-2.0-OpenSSH_9.2\r\n") == ErrorCode::BadReply);
  CHECK(code_after("") == ErrorCode::ConnectionLost);
  CHECK(code_after("ERROR Too many open connections\r\n") == ErrorCode::ConnectionLost);
}

TEST_CASE("a server that does not reply is a timeout, also for get_or_compute") {
  ScriptedServer server([](ScriptedPeer& peer) { peer.drain(); });
  Options options;
  options.request_timeout = 20ms;
  CHECK(client_of(server.address(), options)->get("k").error().code == ErrorCode::TimedOut);

  ScriptedServer claimed([](ScriptedPeer& peer) {
    for (std::string line = peer.line(); !line.empty(); line = peer.line()) {
      if (line != "mn") peer.say("VA 0 Z " + support::opaque_of(line) + "\r\n\r\nMN\r\n");
    }
  });
  const auto never = []() -> Result<std::string> { return std::string(); };
  const auto value = client_of(claimed.address())->get_or_compute("k", never, {.wait_max = 20ms});
  REQUIRE_FALSE(value);
  CHECK(value.error().code == ErrorCode::TimedOut);
}

TEST_CASE("a node that refuses connections is unreachable, and then down") {
  Address address;
  {
    ScriptedServer server([](ScriptedPeer& peer) { peer.drain(); });
    address = server.address();
  }
  Options options;
  options.health = {.failures_max = 1, .backoff_min = 1h, .backoff_max = 1h};
  const auto client = client_of(address, options);
  CHECK(client->get("k").error().code == ErrorCode::Unreachable);
  CHECK(client->get("k").error().code == ErrorCode::NodeDown);
}

TEST_CASE("a refused or unanswered login is reported as such") {
  ScriptedServer refusing([](ScriptedPeer& peer) {
    peer.line();
    peer.say("CLIENT_ERROR authentication failure\r\n");
    peer.drain();
  });
  Options options;
  options.login = Login{"anna", "x"};
  CHECK(client_of(refusing.address(), options)->get("k").error().code == ErrorCode::LoginRefused);

  ScriptedServer silent([](ScriptedPeer& peer) { peer.drain(); });
  options.connect_timeout = 20ms;
  CHECK(client_of(silent.address(), options)->get("k").error().code == ErrorCode::Unreachable);
}

TEST_CASE("an error of the application is returned unchanged") {
  ScriptedServer server([](ScriptedPeer& peer) { peer.drain(); });
  Options options;
  options.request_timeout = 20ms;
  const auto failing = []() -> Result<std::string> {
    return fail(ErrorCode::Application, "no database");
  };
  const auto value = client_of(server.address(), options)->get_or_compute("k", failing);
  REQUIRE_FALSE(value);
  CHECK(value.error().code == ErrorCode::Application);
  CHECK(value.error().text == "no database");
}

}  // namespace
}  // namespace larder::client
