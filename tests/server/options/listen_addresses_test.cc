#include <catch2/catch.hpp>

#include "server/options/listen_addresses.h"
#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

using Addresses = std::vector<ListenAddress>;

TEST_CASE("addresses are split as memcached splits them") {
  const auto addresses = [](const std::string& text) { return options_of(text).listen_addresses; };
  constexpr auto kAuto = WireProtocol::Auto;
  constexpr auto kAscii = WireProtocol::Ascii;
  CHECK(addresses("-l 127.0.0.1") == Addresses{{"127.0.0.1", 11211, kAuto}});
  CHECK(addresses("-p 5 -l a,b:6") == Addresses{{"a", 5, kAuto}, {"b", 6, kAuto}});
  CHECK(addresses("-l a;b:6") == Addresses{{"a", 11211, kAuto}, {"b", 6, kAuto}});
  CHECK(addresses("-l a -l b") == Addresses{{"a", 11211, kAuto}, {"b", 11211, kAuto}});
  CHECK(addresses("-l 127.0.0.11 -l 127.0.0.1").size() == 2);
  CHECK(addresses("-l a -l a").size() == 1);
  CHECK(addresses("-l *") == Addresses{{"", 11211, kAuto}});
  CHECK(addresses("-l *:7") == Addresses{{"", 7, kAuto}});
  CHECK(addresses("-l [::1]:7") == Addresses{{"::1", 7, kAuto}});
  CHECK(addresses("-l [::1]") == Addresses{{"::1", 11211, kAuto}});
  CHECK(addresses("-l ::1") == Addresses{{"::1", 11211, kAuto}});
  CHECK(addresses("-l a:-1,b:0") == Addresses{{"a", 0, kAuto}, {"b", 0, kAuto}});
  CHECK(addresses("-p -1 -l a") == Addresses{{"a", 0, kAuto}});
  CHECK(addresses("-l proto[ascii]:a:7,b") == Addresses{{"a", 7, kAscii}, {"b", 11211, kAuto}});
  CHECK(addresses("-B ascii -l a,proto[negotiating]:b") ==
        Addresses{{"a", 11211, kAscii}, {"b", 11211, kAuto}});
  CHECK(addresses("-Z -l notls:proto[ascii]:[::1]:9") == Addresses{{"::1", 9, kAscii}});
  CHECK(addresses("-l tagserver,protobox") ==
        Addresses{{"tagserver", 11211, kAuto}, {"protobox", 11211, kAuto}});
  CHECK(addresses("-l tag[a]:a:7,tag_12345678_:b") ==
        Addresses{{"a", 7, kAuto}, {"b", 11211, kAuto}});
  CHECK(addresses("-Z -l notls:proto[ascii]:tag_a_:[::1]:9") == Addresses{{"::1", 9, kAscii}});
  CHECK(addresses("-p 0 -l a").empty());
  CHECK(addresses("-s /a").empty());
}

TEST_CASE("HTTP has one address, on loopback unless a host is named") {
  const auto is = [](const char* text, const char* host, uint16_t port) {
    return parse_http_address(text) == ListenAddress{host, port};
  };
  CHECK(is("9150", "127.0.0.1", 9150));
  CHECK(is(":9150", "127.0.0.1", 9150));
  CHECK(is("10.0.0.1:80", "10.0.0.1", 80));
  CHECK(is("cache.example:65535", "cache.example", 65535));
  CHECK(is("*:1", "", 1));
  CHECK(is("[::1]:9150", "::1", 9150));
  CHECK(is("[::]:9150", "::", 9150));
  for (const char* text :
       {"", ":", "a", "a:", "0", ":0", "-1", "65536", "9150x", " 9150", "::1:9150", "[::1]",
        "[::1]9150", "[]:1", "[a]:1", "a]:1", "[::1:1", "a:b:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_address(text));
  }
}

TEST_CASE("each address has its TLS and client certificate mode") {
  const auto modes = [](const std::string& text) {
    std::vector<TlsMode> found;
    for (const ListenAddress& address : options_of(text).listen_addresses) {
      found.push_back(address.tls);
    }
    return found;
  };
  using Modes = std::vector<TlsMode>;
  CHECK(modes("") == Modes{TlsMode::Off});
  CHECK(modes("-Z") == Modes{TlsMode::AsSet});
  CHECK(modes("-l a -Z") == Modes{TlsMode::AsSet});
  CHECK(modes("-Z -l notls:a,btls:b:1,mtls:proto[ascii]:c,d,notlsserver") ==
        Modes{TlsMode::Off, TlsMode::AnyClient, TlsMode::KnownClient, TlsMode::AsSet,
              TlsMode::AsSet});
}

TEST_CASE("invalid addresses are refused with the status of a failed bind") {
  const Refused rows[] = {
      {"-l a:x", 71, "Invalid port number: \"x\""},
      {"-l a:65536", 71, "Invalid port number: \"65536\""},
      {"-l a:-2", 71, "Invalid port number: \"-2\""},
      {"-l a:", 71, "Invalid port number: \"\""},
      {"-l [::1]7", 71, "Invalid port number: \"7\""},
      {"-l [::1", 71, "Invalid IPV6 address: \"[::1\""},
      {"-l :7", 71, "larder: no address in -l \":7\""},
      {"-l []:7", 71, "larder: no address in -l \"[]:7\""},
      {"-l notls:a", 71, "'notls' option is valid only when SSL is enabled"},
      {"-l b,btls:a", 71, "'btls' option is valid only when SSL is enabled"},
      {"-l mtls:a:7", 71, "'mtls' option is valid only when SSL is enabled"},
      {"-l ,", 71, "larder: -l names no address"},
      {"-l proto[ascii", 71, "Invalid protocol spec: \"[ascii\""},
      {"-l tag[a", 71, "Invalid tag in socket config: \"[a\""},
      {"-l tag_a", 71, "Invalid tag in socket config: \"_a\""},
      {"-l tag[]:a", 71, "Listener tags must be between 1 and 8 characters: \"\""},
      {"-l tag_123456789_:a", 71,
       "Listener tags must be between 1 and 8 characters: \"123456789\""},
      {"-l tag[a]", 71, "larder: no \":\" behind the tag \"a\" of -l"},
      {"-l proto[http]:a", 71, "Invalid protocol spec: \"[http]\""},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

}  // namespace
}  // namespace larder::server
