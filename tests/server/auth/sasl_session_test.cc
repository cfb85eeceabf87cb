// The real library, with a password file of the test.
#include "server/auth/sasl_session.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <future>

#include "server/auth/sasl_service.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

struct SaslFixture {
  SaslFixture() {
    ::setenv("MEMCACHED_SASL_PWDB", file.path().c_str(), 1);
    auto started = SaslLibrary::start(0);
    REQUIRE(started);
    library = std::move(*started);
  }
  ~SaslFixture() { ::unsetenv("MEMCACHED_SASL_PWDB"); }

  static std::string plain(const std::string& user, const std::string& password) {
    return std::string(1, '\0') + user + std::string(1, '\0') + password;
  }

  support::TemporaryFile file{"foo:bar\n"};
  std::unique_ptr<SaslLibrary> library;
};

TEST_CASE("a password file offers only the mechanism PLAIN") {
  SaslFixture fixture;
  SaslSession session;
  CHECK(session.list().text == "PLAIN");
}

TEST_CASE("a session can be restarted any number of times") {
  SaslFixture fixture;
  SaslSession session;
  const auto outcome = [&](const std::string& user, const std::string& password) {
    return session.start("PLAIN", fixture.plain(user, password)).outcome;
  };
  CHECK(outcome("foo", "wrong") == SaslOutcome::Failed);
  CHECK(outcome("foo", "bar") == SaslOutcome::Done);
  CHECK(outcome("foo", "") == SaslOutcome::Failed);
  CHECK(session.step("x").outcome == SaslOutcome::Failed);
  CHECK(session.start("NONE", "x").outcome == SaslOutcome::Failed);
}

TEST_CASE("ANONYMOUS is neither offered nor accepted") {
  auto library = SaslLibrary::start(0);
  REQUIRE(library);
  SaslSession session;
  CHECK(session.list().text.find("ANONYMOUS") == std::string::npos);
  CHECK(session.start("ANONYMOUS", "x").outcome == SaslOutcome::Failed);
}

TEST_CASE("the password file is reloaded") {
  SaslFixture fixture;
  fixture.file.write("foo:new\n");
  REQUIRE(fixture.library->reload());
  SaslSession session;
  CHECK(session.start("PLAIN", fixture.plain("foo", "bar")).outcome == SaslOutcome::Failed);
  CHECK(session.start("PLAIN", fixture.plain("foo", "new")).outcome == SaslOutcome::Done);
}

TEST_CASE("a reloaded password file without users is refused, and the old users stay") {
  SaslFixture fixture;
  fixture.file.write("\n");
  CHECK_FALSE(fixture.library->reload());
  SaslSession session;
  CHECK(session.start("PLAIN", fixture.plain("foo", "bar")).outcome == SaslOutcome::Done);
}

TEST_CASE("the service replies from its own thread, one request after the other") {
  SaslFixture fixture;
  SaslSession session;
  std::string order;
  std::promise<void> all;
  SaslService service;
  const auto submit = [&](const std::string& password, char letter) {
    service.submit({.session = &session,
                    .kind = protocol::SaslRequest::Kind::Start,
                    .mechanism = "PLAIN",
                    .data = fixture.plain("foo", password),
                    .on_done = [&, letter](const SaslReply& reply) {
                      order += letter;
                      order += reply.outcome == SaslOutcome::Done ? '+' : '-';
                      if (order.size() == 6) all.set_value();
                    }});
  };
  submit("bar", 'a');
  submit("no", 'b');
  submit("bar", 'c');
  all.get_future().wait();
  CHECK(order == "a+b-c+");
}

}  // namespace
}  // namespace larder::server
