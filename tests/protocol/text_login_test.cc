#include <catch2/catch.hpp>

#include "protocol/limits.h"
#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "tests/support/guarded_bytes.h"

using namespace larder::protocol;

namespace {

struct LoginCase {
  explicit LoginCase(std::string_view bytes) : input(bytes) {
    parsed = parse_text_login(input.bytes(), 0, &login);
  }
  bool complains(Complaint complaint, size_t consumed) const {
    return parsed.verdict == Verdict::Malformed && parsed.complaint == complaint &&
           parsed.value_bytes_to_skip == 0 && parsed.consumed == consumed;
  }

  // Throws, which fails the test, if there is no login.
  const PasswordLogin& credentials() const { return std::get<PasswordLogin>(login.credentials); }

  larder::support::GuardedBytes input;
  Login login;
  Parsed parsed;
};

}  // namespace

TEST_CASE("a set whose value is a user and a password is a login, with any key") {
  for (const std::string head :
       {"set foo 0 0 9\r\n", "set a b c 9\n", "set x -1 y 9 noreply\r\n"}) {
    CAPTURE(head);
    const std::string line = head + "user pass\r\n";
    for (size_t size = 0; size < line.size(); ++size) {
      REQUIRE(LoginCase(line.substr(0, size)).parsed.verdict == Verdict::NeedMore);
    }
    const LoginCase login(line + "get foo\r\n");
    REQUIRE(login.parsed.verdict == Verdict::Login);
    CHECK(login.parsed.consumed == line.size());
    CHECK(login.credentials().user == "user");
    CHECK(login.credentials().password == "pass");
  }
}

TEST_CASE("a password may contain spaces and may be empty") {
  const LoginCase spaces("set a 0 0 6\r\nu p  q\r\n");
  CHECK(spaces.credentials().password == "p  q");
  const LoginCase empty("set a 0 0 2\r\nu \r\n");
  CHECK(empty.credentials().password.empty());
}

TEST_CASE("every other command of an unauthenticated client is refused as unauthenticated") {
  for (const char* verb : {"get",       "gets",      "gat",         "gats",    "add",
                           "replace",   "append",    "prepend",     "cas",     "incr",
                           "decr",      "delete",    "touch",       "stats",   "flush_all",
                           "version",   "verbosity", "shutdown",    "mg",      "ms",
                           "md",        "ma",        "mn",          "me",      "cache_memlimit",
                           "watch",     "lru",       "lru_crawler", "slabs",   "refresh_certs",
                           "debugtime", "misbehave", "quit",        "nonsense"}) {
    for (const std::string words : {"      ", " a 0 0 9", " k 1 2 3 4 5"}) {
      const std::string line = verb + words + "\r\n";
      CAPTURE(line);
      CHECK(LoginCase(line).complains(Complaint::Unauthenticated, line.size()));
      Request request;
      Login login;
      const Parsed gated = parse_request(false, Access::Stranger, line, 0, &request, &login);
      CHECK(gated.complaint == Complaint::Unauthenticated);
    }
  }
  for (const std::string line : {"set a 0 0\r\n", "set a 0 0 -1\r\n", "set a 0 0 x\r\n"}) {
    CAPTURE(line);
    CHECK(LoginCase(line).complains(Complaint::Unauthenticated, line.size()));
  }
}

TEST_CASE("an invalid login is refused with a reason") {
  CHECK(LoginCase("set a 0 0 9\r\nuser_pass\r\n").complains(Complaint::BadLoginFormat, 24));
  CHECK(LoginCase("set a 0 0 9\r\nuser pass\n\n").complains(Complaint::LoginNotTerminated, 24));
  CHECK(LoginCase("set a 0 0 16385\r\nuser").complains(Complaint::LoginTooLong, 17));
}

TEST_CASE("a login that is too short or too long closes the connection silently") {
  for (const std::string line : {"\r\n", "quit\r\n", "a\n"}) {
    CAPTURE(line);
    CHECK(LoginCase(line).parsed.verdict == Verdict::Fatal);
    CHECK(LoginCase(line).parsed.complaint == Complaint::None);
  }
  CHECK(LoginCase(std::string(kLineSizeMax, 'a')).parsed.verdict == Verdict::NeedMore);
  CHECK(LoginCase(std::string(kLineSizeMax + 1, 'a')).parsed.verdict == Verdict::Fatal);
}
