#include "client/address.h"

#include <catch2/catch.hpp>
#include <string>

namespace larder::client {
namespace {

TEST_CASE("a host and a port are parsed") {
  const auto address = parse_address("cache-1.example:11211");
  REQUIRE(address.has_value());
  CHECK(address->kind == Address::Kind::Tcp);
  CHECK(address->host == "cache-1.example");
  CHECK(address->port == 11211);
}

TEST_CASE("the brackets around an IPv6 address are removed") {
  const auto address = parse_address("[::1]:65535");
  REQUIRE(address.has_value());
  CHECK(address->host == "::1");
  CHECK(address->port == 65535);
}

TEST_CASE("an absolute path is a Unix socket even if it contains colons") {
  const auto address = parse_address("/run/larder:1/s");
  REQUIRE(address.has_value());
  CHECK(address->kind == Address::Kind::Unix);
  CHECK(address->path == "/run/larder:1/s");
}

TEST_CASE("the text of an address parses to an equal address") {
  const std::string text = GENERATE(as<std::string>{}, "localhost:1", "[fe80::2]:80", "/a/b");
  CAPTURE(text);
  const auto address = parse_address(text);
  REQUIRE(address.has_value());
  CHECK(address->text() == text);
  const auto again = parse_address(address->text());
  REQUIRE(again.has_value());
  CHECK(*again == *address);
}

TEST_CASE("an invalid address is refused with its text") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "localhost", ":11211", "host:", "host:0", "host:65536",
               "host:-1", "host:+1", "host: 1", "host:1x", "::1", "::1:11211", "[::1]", "[::1:80",
               "[]:80", "[[::1]]:80", "a]:80", "a[b:80", "relative/path");
  CAPTURE(text);
  const auto address = parse_address(text);
  REQUIRE_FALSE(address.has_value());
  CHECK(address.error().text.find("'" + text + "'") != std::string::npos);
}

TEST_CASE("the length of a path is limited by the size of a socket address") {
  const std::string longest = "/" + std::string(106, 'p');
  CHECK(parse_address(longest).has_value());
  CHECK_FALSE(parse_address(longest + "p").has_value());
}

TEST_CASE("a zero byte is refused in hosts and paths") {
  using namespace std::string_literals;
  CHECK_FALSE(parse_address("ho\0st:1"s).has_value());
  CHECK_FALSE(parse_address("/a\0b"s).has_value());
}

}  // namespace
}  // namespace larder::client
