// Logins, from the client's point of view.
#include <catch2/catch.hpp>

#include "tests/server/worker/turn_fixture.h"
#include "tests/support/binary_frames.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

using support::BinaryRequest;
using support::BinaryResponse;
using support::frame_of;
using support::responses_in;
using support::TemporaryFile;

constexpr uint8_t kVersion = 0x0b, kNoop = 0x0a, kList = 0x20, kAuth = 0x21, kStep = 0x22;

std::string plain(const std::string& user, const std::string& password) {
  return std::string(1, '\0') + user + std::string(1, '\0') + password;
}

// Text clients of a server with a password file.
struct TextLogin {
  TemporaryFile file{"foo:bar\nother:one\n"};
  TurnFixture fixture{"-Y " + file.path()};
  TurnFixture::Client& client{fixture.connect()};

  std::string ask(std::string_view bytes) { return fixture.ask(client, bytes); }
};

// Binary clients of a server with SASL and a password file of its own.
struct SaslLogin {
  SaslLogin() { fixture.emplace("-S"); }
  ~SaslLogin() { ::unsetenv("MEMCACHED_SASL_PWDB"); }

  BinaryResponse ask_one(const BinaryRequest& request) {
    const auto responses = responses_in(fixture->ask(client(), frame_of(request)));
    REQUIRE(responses.size() == 1);
    REQUIRE(responses[0].opcode == request.opcode);
    REQUIRE(responses[0].opaque == request.opaque);
    return responses[0];
  }
  BinaryResponse log_in(const std::string& user, const std::string& password) {
    return ask_one({.opcode = kAuth, .key = "PLAIN", .value = plain(user, password)});
  }
  TurnFixture::Client& client() {
    if (client_ == nullptr || client_->connection == nullptr) client_ = &fixture->connect();
    return *client_;
  }

  TemporaryFile file{"foo:bar\n"};
  const int is_set = ::setenv("MEMCACHED_SASL_PWDB", file.path().c_str(), 1);
  std::optional<TurnFixture> fixture;
  TurnFixture::Client* client_ = nullptr;
};

TEST_CASE("text clients log in with a set of user and password") {
  TextLogin login;
  CHECK(login.ask("get a\r\n") == "CLIENT_ERROR unauthenticated\r\n");
  CHECK(login.ask("set x 0 0 7\r\nfoo baz\r\n") == "CLIENT_ERROR authentication failure\r\n");
  CHECK(login.ask("set x 0 0 7\r\nfoo bar\r\nset a 0 0 1\r\n1\r\nget a\r\n") ==
        "STORED\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n");
  CHECK(login.fixture.counters.auth_commands.get() == 2);
  CHECK(login.fixture.counters.auth_errors.get() == 1);
  // The other client is still not logged in.
  CHECK(login.fixture.ask(login.fixture.connect(), "get a\r\n") ==
        "CLIENT_ERROR unauthenticated\r\n");
}

TEST_CASE("a login may arrive in any pieces") {
  const std::string stream = "set x 0 0 7\r\nfoo bar\r\nversion\r\n";
  for (size_t cut = 1; cut < stream.size(); ++cut) {
    TextLogin login;
    CAPTURE(cut);
    std::string answer = login.ask(stream.substr(0, cut));
    answer += login.ask(stream.substr(cut));
    REQUIRE(answer == "STORED\r\nVERSION 1.6.45\r\n");
  }
}

TEST_CASE("refresh_auth reloads the password file, and authenticated clients stay authenticated") {
  TextLogin login;
  login.ask("set x 0 0 7\r\nfoo bar\r\n");
  login.file.write("foo:new\n");
  CHECK(login.ask("refresh_auth\r\n") == "OK\r\n");
  CHECK(login.ask("version\r\n") == "VERSION 1.6.45\r\n");
  auto& other = login.fixture.connect();
  CHECK(login.fixture.ask(other, "set x 0 0 7\r\nfoo bar\r\n") ==
        "CLIENT_ERROR authentication failure\r\n");
  CHECK(login.fixture.ask(other, "set x 0 0 7\r\nfoo new\r\n") == "STORED\r\n");
  for (const char* text : {"nonsense\n", "", "\n"}) {
    login.file.write(text);
    CHECK(login.ask("refresh_auth\r\n") == "ERROR a file could not be read\r\n");
    auto& last = login.fixture.connect();
    CHECK(login.fixture.ask(last, "set x 0 0 7\r\nfoo new\r\n") == "STORED\r\n");
  }
}

TEST_CASE("a client is disconnected after too many failed logins or other requests") {
  TextLogin login;
  int refusals = 0;
  while (!login.client.has_ended && refusals < 100) {
    login.ask("set x 0 0 7\r\nfoo baz\r\n");
    ++refusals;
  }
  CHECK(refusals == LoginState::kRefusalsMax);

  auto& talker = login.fixture.connect();
  uint32_t lines = 0;
  while (!talker.has_ended && lines < 1000) {
    login.fixture.ask(talker, "get anything\r\n");
    ++lines;
  }
  CHECK(lines == LoginState::kAttemptsMax + 1);
}

TEST_CASE("a password that is too long is refused before it is read") {
  TextLogin login;
  CHECK(login.ask("set x 0 0 16385\r\n") == "CLIENT_ERROR auth token too long\r\n");
  CHECK(login.ask(std::string(3000, 'x')).empty());
  CHECK(login.client.has_ended);
}

TEST_CASE("a text client of a server with SASL cannot log in") {
  SaslLogin login;
  auto& client = login.fixture->connect();
  CHECK(login.fixture->ask(client, "set x 0 0 7\r\nfoo bar\r\nget a\r\n").empty());
  CHECK(client.has_ended);
}

TEST_CASE("binary clients log in with SASL") {
  SaslLogin login;
  CHECK(login.ask_one({.opcode = kVersion}).value == "1.6.45");
  CHECK(login.ask_one({.opcode = kList}).value == "PLAIN");
  CHECK(login.log_in("foo", "wrong").status == 0x20);
  CHECK(login.log_in("nobody", "bar").status == 0x20);
  CHECK(login.log_in("foo", "bar").value == "Authenticated");
  CHECK(login.ask_one({.opcode = kNoop}).status == 0);
  CHECK(login.fixture->counters.auth_commands.get() == 3);
  CHECK(login.fixture->counters.auth_errors.get() == 2);
}

TEST_CASE("requests after a login are executed according to its result") {
  SaslLogin login;
  const std::string noop = frame_of({.opcode = kNoop});
  const auto ask = [&](const std::string& password) {
    auto& client = login.fixture->connect();
    const std::string auth =
        frame_of({.opcode = kAuth, .key = "PLAIN", .value = plain("foo", password)});
    return responses_in(login.fixture->ask(client, auth + noop + noop));
  };
  const auto good = ask("bar");
  REQUIRE(good.size() == 3);
  CHECK(good[2].status == 0);
  const auto bad = ask("no");
  REQUIRE(bad.size() == 2);  // the first noop closes the connection
  CHECK(bad[1].status == 0x20);
}

TEST_CASE("other requests of an unauthenticated client are refused and close the connection") {
  SaslLogin login;
  for (int opcode = 0; opcode < 256; ++opcode) {
    if (opcode == kVersion || (opcode >= kList && opcode <= kStep)) continue;
    CAPTURE(opcode);
    auto& client = login.fixture->connect();
    const auto responses = responses_in(
        login.fixture->ask(client, frame_of({.opcode = static_cast<uint8_t>(opcode), .key = "k"})));
    CHECK(responses.at(0).status == 0x20);
    CHECK(client.has_ended);
  }
}

TEST_CASE("a failed second login makes the client unauthenticated") {
  SaslLogin login;
  login.log_in("foo", "bar");
  CHECK(login.ask_one({.opcode = kNoop}).status == 0);
  CHECK(login.log_in("foo", "wrong").status == 0x20);
  CHECK(login.ask_one({.opcode = kNoop}).status == 0x20);
  CHECK(login.client_->has_ended);
}

TEST_CASE("every SASL request of an authenticated client ends its authentication") {
  const BinaryRequest requests[] = {
      {.opcode = kList},
      {.opcode = kAuth, .key = "PLAIN", .value = plain("foo", "wrong")},
      {.opcode = kAuth, .key = "PLAIN", .value = plain("nobody", "bar")},
      {.opcode = kAuth, .key = "NONE", .value = "x"},
      {.opcode = kAuth, .key = "PLAIN"},
      {.opcode = kStep, .key = "PLAIN", .value = "x"},
  };
  for (const BinaryRequest& request : requests) {
    CAPTURE(int{request.opcode}, request.key, request.value);
    SaslLogin login;
    login.log_in("foo", "bar");
    CHECK(login.ask_one({.opcode = kNoop}).status == 0);
    login.ask_one(request);
    CHECK(login.ask_one({.opcode = kNoop}).status == 0x20);
    CHECK(login.client_->has_ended);
  }
}

TEST_CASE("requests after a LIST are unauthenticated, and a client may log in again") {
  SaslLogin login;
  login.log_in("foo", "bar");
  CHECK(login.ask_one({.opcode = kList}).value == "PLAIN");
  CHECK(login.log_in("foo", "bar").value == "Authenticated");
  CHECK(login.ask_one({.opcode = kNoop}).status == 0);
  CHECK(login.log_in("foo", "bar").value == "Authenticated");  // memcached refuses a second one
  CHECK(login.ask_one({.opcode = kNoop}).status == 0);

  const auto responses = responses_in(login.fixture->ask(
      login.client(), frame_of({.opcode = kNoop}) + frame_of({.opcode = kList}) +
                          frame_of({.opcode = kNoop}) + frame_of({.opcode = kNoop})));
  REQUIRE(responses.size() == 3);
  CHECK(responses[0].status == 0);
  CHECK(responses[1].status == 0);
  CHECK(responses[2].status == 0x20);
}

TEST_CASE("a step without a start, and an unknown mechanism, fail") {
  SaslLogin login;
  CHECK(login.ask_one({.opcode = kStep, .key = "PLAIN", .value = "x"}).status == 0x20);
  CHECK(login.ask_one({.opcode = kAuth, .key = "NONE", .value = "x"}).status == 0x20);
  CHECK(login.ask_one({.opcode = kAuth, .key = "PLAIN"}).status != 0);
  CHECK(login.log_in("foo", "bar").status == 0);
}

TEST_CASE("a client that disconnects during its login is closed after the reply") {
  SaslLogin login;
  for (int i = 0; i < 20; ++i) {
    auto& client = login.fixture->connect();
    const std::string auth =
        frame_of({.opcode = kAuth, .key = "PLAIN", .value = plain("foo", "no")});
    login.fixture->send_some(client, frame_of({.opcode = kVersion}) + auth + auth);
    client.fd.reset();  // so that nothing can be sent
    login.fixture->settle();
    CHECK(client.connection == nullptr);
  }
}

TEST_CASE("a client that does not read while it logs in gets its replies in the end") {
  SaslLogin login;
  const std::string auth =
      frame_of({.opcode = kAuth, .key = "PLAIN", .value = plain("foo", "bar")});
  auto& writer = login.client();
  login.fixture->ask(writer, auth);
  login.ask_one({.opcode = 0x01,
                 .extras = std::string(8, '\0'),
                 .key = "large",
                 .value = std::string(60000, 'v')});
  auto& client = login.fixture->connect(4096);
  REQUIRE(responses_in(login.fixture->ask(client, auth)).size() == 1);
  std::string stream;
  for (int i = 0; i < 20; ++i) stream += frame_of({.opcode = 0x00, .key = "large"});
  login.fixture->send_some(client, stream + auth + frame_of({.opcode = kNoop}));
  login.fixture->settle();  // until nothing more can be sent
  const auto responses = responses_in(login.fixture->ask(client, ""));
  REQUIRE(responses.size() == 22);
  CHECK(responses[20].value == "Authenticated");
  CHECK(responses[21].status == 0);
}

TEST_CASE("an unauthenticated client may request the version any number of times") {
  SaslLogin login;
  for (uint32_t i = 0; i < 3 * LoginState::kAttemptsMax; ++i) {
    REQUIRE(login.ask_one({.opcode = kVersion}).value == "1.6.45");
  }
  CHECK(login.log_in("foo", "bar").status == 0);
}

TEST_CASE("the number of failed logins is limited") {
  SaslLogin login;
  uint32_t guesses = 0;
  do {
    login.log_in("foo", "guess" + std::to_string(guesses));
  } while (!login.client_->has_ended && ++guesses < 100);
  CHECK(guesses + 1 == LoginState::kRefusalsMax);
}

}  // namespace
}  // namespace larder::server
