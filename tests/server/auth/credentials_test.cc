#include "server/auth/credentials.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

using Format = Credentials::Format;

Credentials parsed(std::string_view text, Format format = Format::Plain) {
  auto credentials = Credentials::parse(text, format);
  REQUIRE(credentials);
  return std::move(*credentials);
}

TEST_CASE("a user is authenticated only by the user's own password") {
  const Credentials credentials = parsed("foo:bar\nbaz:quux\r\n\nlast:one");
  CHECK(credentials.count() == 3);
  CHECK(credentials.match("foo", "bar"));
  CHECK(credentials.match("baz", "quux"));
  CHECK(credentials.match("last", "one"));
  for (const auto& [user, password] :
       std::vector<std::pair<std::string, std::string>>{{"foo", "quux"},
                                                        {"foo", ""},
                                                        {"", "bar"},
                                                        {"", ""},
                                                        {"fo", "bar"},
                                                        {"fooo", "bar"},
                                                        {"foo", "barr"},
                                                        {"foo", "ba"},
                                                        {"foo", "barbar"},
                                                        {"foofoo", "bar"},
                                                        {"FOO", "bar"},
                                                        {"baz", "quux\r"}}) {
    CAPTURE(user, password);
    CHECK_FALSE(credentials.match(user, password));
  }
}

TEST_CASE("an empty password matches only itself") {
  const Credentials credentials = parsed("foo:\n");
  CHECK(credentials.match("foo", ""));
  CHECK_FALSE(credentials.match("foo", "x"));
  CHECK_FALSE(credentials.match("foo", std::string(1, '\0')));
}

TEST_CASE("a password may contain colons, and ends at the first one in files with comments") {
  CHECK(parsed("foo:a:b").match("foo", "a:b"));
  CHECK_FALSE(parsed("foo:a:b").match("foo", "a"));
  CHECK(parsed("foo:a:b", Format::WithComments).match("foo", "a:b"));
  CHECK(parsed("foo:a:b", Format::WithComments).match("foo", "a"));
}

TEST_CASE("a user or password longer than any line matches nothing") {
  const Credentials credentials = parsed("foo:bar");
  CHECK_FALSE(credentials.match("foo", std::string(1 << 20, 'x')));
  CHECK_FALSE(credentials.match(std::string(1 << 20, 'x'), "bar"));
}

TEST_CASE("a file without users is an error") {
  for (const Format format : {Format::Plain, Format::WithComments}) {
    for (const std::string text : {"", "\n", "\r\n\n\n", ":password\n"}) {
      CAPTURE(text);
      const auto credentials = Credentials::parse(text, format);
      REQUIRE_FALSE(credentials);
      CHECK(credentials.error().text == "has no user. Should have a line 'user:password'");
    }
    CHECK(Credentials::parse("\nfoo:", format));
  }
}

TEST_CASE("the number of a malformed line is reported") {
  const auto error = [](const std::string& text) {
    return Credentials::parse(text, Format::Plain).error().text;
  };
  CHECK(error("foo:bar\nnothing\n") ==
        "has a malformed entry in line 2. Should be 'user:password'");
  CHECK(error("foo:" + std::string(252, 'x')).find("line 1") != std::string::npos);
  CHECK(Credentials::parse("foo:" + std::string(251, 'x'), Format::Plain));
}

TEST_CASE("a file is reloaded, and kept if that fails") {
  const support::TemporaryFile file("foo:bar\n");
  CredentialFile credentials(file.path(), Format::Plain);
  CHECK_FALSE(credentials.match("foo", "bar"));
  REQUIRE(credentials.reload());
  CHECK(credentials.match("foo", "bar"));
  file.write("foo:new\n");
  CHECK(credentials.match("foo", "bar"));
  REQUIRE(credentials.reload());
  CHECK_FALSE(credentials.match("foo", "bar"));
  CHECK(credentials.match("foo", "new"));
  for (const char* text : {"nonsense\n", "", "\n\n"}) {
    file.write(text);
    CHECK_FALSE(credentials.reload());
  }
  CHECK(credentials.reload().error().text == "Authfile [" + file.path() +
                                                 "] has no user. Should have a line "
                                                 "'user:password'");
  CHECK(credentials.match("foo", "new"));
  std::remove(file.path().c_str());
  CHECK(credentials.reload().error().text.find("Could not open authfile [") == 0);
}

}  // namespace
}  // namespace larder::server
