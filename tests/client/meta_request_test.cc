#include "client/meta_request.h"

#include <catch2/catch.hpp>
#include <charconv>
#include <ctime>

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Verb = MetaRequest::Verb;

std::string wire_of(const MetaRequest& request, uint64_t opaque = 7) {
  REQUIRE(check_request(request));
  std::string wire = "before ";
  append_request(wire, request, opaque);
  REQUIRE(wire.starts_with("before "));
  return wire.substr(7);
}

std::string ttl_flag(std::chrono::seconds ttl) {
  std::string flags = " v";
  add_ttl(flags, 'T', ttl);
  REQUIRE(flags.starts_with(" v T"));
  return flags.substr(4);
}

TEST_CASE("each command has its line and a write its value") {
  CHECK(wire_of({.verb = Verb::Get, .key = "k", .flags = " v f c"}) == "mg k v f c O7\r\n");
  CHECK(wire_of({.verb = Verb::Delete, .key = "k"}) == "md k O7\r\n");
  CHECK(wire_of({.verb = Verb::Arithmetic, .key = "k", .flags = " v MI"}) == "ma k v MI O7\r\n");
  CHECK(wire_of({.verb = Verb::Set, .key = "k", .flags = " T60", .value = "a\r\nb"}) ==
        "ms k 4 T60 O7\r\na\r\nb\r\n");
  CHECK(wire_of({.verb = Verb::Set, .key = "k"}, ~uint64_t{0}) ==
        "ms k 0 O18446744073709551615\r\n\r\n");
}

TEST_CASE("keys that cannot be written in a line are sent in base64") {
  // The examples of RFC 4648, changed so that they need base64, with all three kinds of padding.
  CHECK(wire_of({.key = " "}) == "mg IA== b O7\r\n");
  CHECK(wire_of({.key = "a b"}) == "mg YSBi b O7\r\n");
  CHECK(wire_of({.key = "\r\n"}) == "mg DQo= b O7\r\n");
  CHECK(wire_of({.key = "\0\xff\x7f\xc3"s, .flags = " v"}) == "mg AP9/ww== b v O7\r\n");
  CHECK(wire_of({.verb = Verb::Set, .key = "a b", .value = "x"}) == "ms YSBi 1 b O7\r\nx\r\n");
  CHECK(wire_of({.key = "!~"}) == "mg !~ O7\r\n");
}

TEST_CASE("requests that no server accepts are refused before they are sent") {
  CHECK_FALSE(check_request({.key = ""}));
  CHECK(check_request({.key = std::string(250, 'k')}));
  CHECK_FALSE(check_request({.key = std::string(251, 'k')}));
  CHECK(check_request({.key = std::string(186, ' ')}));
  CHECK_FALSE(check_request({.key = std::string(187, ' ')}));
  CHECK(wire_of({.key = std::string(186, ' ')}).size() == 3 + 248 + 2 + 5);
  CHECK_FALSE(check_request({.key = "k", .value = {"", kValueSizeMax + 1}}));
}

TEST_CASE("a time to live of up to 30 days is sent unchanged") {
  CHECK(ttl_flag(0s) == "0");
  CHECK(ttl_flag(1s) == "1");
  CHECK(ttl_flag(24h * 30) == "2592000");
  CHECK(ttl_flag(-1s) == "-1");
  CHECK(ttl_flag(std::chrono::seconds::min()) == "-1");
}

TEST_CASE("a longer time to live is sent as a Unix time") {
  const std::string text = ttl_flag(24h * 31);
  int64_t moment = 0;
  std::from_chars(text.data(), text.data() + text.size(), moment);
  const int64_t wanted = std::time(nullptr) + 31 * 24 * 60 * 60;
  CHECK(moment <= wanted);
  CHECK(moment >= wanted - 60);
  // Servers read 32-bit numbers.
  CHECK(ttl_flag(24h * 365 * 100) == "2147483647");
  CHECK(ttl_flag(std::chrono::seconds::max()) == "2147483647");
}

}  // namespace
}  // namespace larder::client
