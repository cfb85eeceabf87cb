#include "server/net/tls_context.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/server/net/tls_fixture.h"

namespace larder::server {
namespace {

// The error line, without OpenSSL's text after the last " : ".
std::string refusal_of(const std::string& command_line) {
  const auto loaded = TlsContext::load(options_of(command_line));
  if (loaded) return "<loaded>";
  const std::string line = loaded.error().text;
  return line.substr(0, line.find(" : error:"));
}

void spoil(const std::string& path) { std::ofstream(path) << "no certificate\n"; }

std::string certificate_shown(const TlsContext& context) {
  TurnFixture fixture;
  TlsClient client(fixture, context);
  client.exchange();
  return client.peer.server_name();
}

TEST_CASE("unusable files are refused at the start with memcached's messages") {
  const TlsFiles files;
  const std::string chain = files.directory.file("server.pem");
  const std::string key = files.directory.file("server.key");
  const std::string none = files.directory.file("none");
  const support::Certificate other("other");
  const std::string other_key = files.directory.file("other.key");
  other.write("", other_key);
  CHECK(refusal_of("-Z") ==
        "Error loading the certificate chain: -Z needs -o ssl_chain_cert=<file>");
  CHECK(refusal_of("-Z -o ssl_chain_cert=" + none) ==
        "Error loading the certificate chain: " + none);
  CHECK(refusal_of("-Z -o ssl_chain_cert=" + key) == "Error loading the certificate chain: " + key);
  CHECK(refusal_of("-Z -o ssl_chain_cert=" + chain) == "Error loading the key: " + chain);
  CHECK(refusal_of("-Z -o ssl_chain_cert=" + chain + ",ssl_key=" + none) ==
        "Error loading the key: " + none);
  CHECK(refusal_of("-Z -o ssl_chain_cert=" + chain + ",ssl_key=" + other_key) ==
        "Error loading the key: " + other_key);
  CHECK(refusal_of(files.command_line("ssl_keyformat=2")) == "Error loading the key: " + key);
  CHECK(refusal_of(files.command_line("ssl_keyformat=7")) == "Error loading the key: " + key);
  CHECK(refusal_of(files.command_line("ssl_ca_cert=" + none)) ==
        "Error loading the CA certificate: " + none);
  CHECK(refusal_of(files.command_line("ssl_ciphers=nonsense")) ==
        "Error setting the provided cipher(s): nonsense");
  CHECK(refusal_of(files.command_line()) == "<loaded>");
}

TEST_CASE("the message has the system's reason after the file name") {
  const auto loaded = TlsContext::load(options_of("-Z -o ssl_chain_cert=/none/such"));
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().text ==
        "Error loading the certificate chain: /none/such : "
        "error:80000002:system library::No such file or directory");
}

TEST_CASE("a key may be in the file of its certificate") {
  const TlsFiles files;
  std::ifstream key(files.directory.file("server.key"));
  std::ofstream(files.directory.file("server.pem"), std::ios::app) << key.rdbuf();
  CHECK(refusal_of("-Z -o ssl_chain_cert=" + files.directory.file("server.pem")) == "<loaded>");
}

TEST_CASE("valid files are reloaded, also if the working directory has changed") {
  const TlsFiles files;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(files.directory.file("."));
  auto loaded = TlsContext::load(options_of("-Z -o ssl_chain_cert=server.pem,ssl_key=server.key"));
  std::filesystem::current_path(before);
  REQUIRE(loaded);
  TlsContext& context = **loaded;
  CHECK(certificate_shown(context) == "server");
  CHECK(context.loaded_at() == base::Clock::kStartSeconds);
  const support::Certificate renewed("renewed");
  renewed.write(files.directory.file("server.pem"), files.directory.file("server.key"));
  CHECK(certificate_shown(context) == "server");
  CHECK(context.reload(50));
  CHECK(context.loaded_at() == 50);
  CHECK(certificate_shown(context) == "renewed");
}

TEST_CASE("an invalid file leaves everything unchanged") {
  const TlsFiles files;
  const auto context = files.load();
  const std::string path = files.directory.file("server.pem");
  for (const bool is_there : {true, false}) {
    if (is_there) spoil(path);
    if (!is_there) std::filesystem::remove(path);
    const base::Outcome read = context->reload(50);
    REQUIRE_FALSE(read);
    CHECK(read.error().text.find("Error loading the certificate chain: " + path + " : error:") ==
          0);
    CHECK(context->loaded_at() == base::Clock::kStartSeconds);
    CHECK(certificate_shown(*context) == "server");
  }
  spoil(files.directory.file("ca.pem"));
  files.certificate.write(path, "");
  CHECK_FALSE(context->reload(50));
}

TEST_CASE("the expiry date of the certificate in use is known") {
  const TlsFiles files;
  auto context = TlsContext::load(options_of(files.command_line()));
  REQUIRE(context);
  const auto in_seconds = [&] { return (*context)->expires_at() - std::time(nullptr); };
  CHECK(std::abs(in_seconds() - 3600) < 600);
  support::Certificate renewed("server");
  constexpr long kDay = 86400;
  renewed.end_after(kDay);
  renewed.write(files.directory.file("server.pem"), files.directory.file("server.key"));
  CHECK(in_seconds() < kDay / 2);
  REQUIRE((*context)->reload(7));
  CHECK(in_seconds() > kDay / 2);
  spoil(files.directory.file("server.pem"));
  CHECK_FALSE((*context)->reload(8));
  CHECK(in_seconds() > kDay / 2);
}

TEST_CASE("a connection keeps the certificate of its handshake") {
  const TlsFiles files;
  const auto context = files.load();
  TurnFixture fixture;
  TlsClient client(fixture, *context);
  CHECK(client.ask("version\r\n") == "VERSION 1.6.45\r\n");
  support::Certificate("renewed").write(files.directory.file("server.pem"),
                                        files.directory.file("server.key"));
  REQUIRE(context->reload(50));
  CHECK(client.ask("version\r\n") == "VERSION 1.6.45\r\n");
  CHECK(client.peer.server_name() == "server");
}

TEST_CASE("versions below the minimum are refused") {
  const TlsFiles files;
  const auto is_served = [&](const char* oldest, int version) {
    const auto context = files.load(oldest);
    TurnFixture fixture;
    TlsClient client(fixture, *context, 0, TlsMode::AsSet, nullptr, version);
    client.exchange();
    return client.peer.is_established();
  };
  CHECK(is_served("ssl_min_version=2", TLS1_2_VERSION));
  CHECK(is_served("ssl_min_version=2", TLS1_3_VERSION));
  CHECK_FALSE(is_served("ssl_min_version=3", TLS1_2_VERSION));
  CHECK(is_served("ssl_min_version=3", TLS1_3_VERSION));
}

TEST_CASE("the default verify mode applies to listeners without their own") {
  const TlsFiles files;
  const support::Certificate known("client", &files.authority);
  const auto is_served = [&](const char* mode, const support::Certificate* certificate) {
    const auto context = files.load(mode);
    TurnFixture fixture;
    TlsClient client(fixture, *context, 0, TlsMode::AsSet, certificate, TLS1_2_VERSION);
    client.exchange();
    return client.peer.is_established();
  };
  const support::Certificate stranger("stranger");
  CHECK(is_served("ssl_verify_mode=0", &stranger));
  CHECK(is_served("ssl_verify_mode=1", nullptr));
  CHECK_FALSE(is_served("ssl_verify_mode=1", &stranger));
  for (const char* mode : {"ssl_verify_mode=2", "ssl_verify_mode=3"}) {
    CHECK_FALSE(is_served(mode, nullptr));
    CHECK_FALSE(is_served(mode, &stranger));
    CHECK(is_served(mode, &known));
  }
}

TEST_CASE("new sessions are counted if they are cached") {
  const TlsFiles files;
  for (const bool is_kept : {false, true}) {
    const auto context = files.load(is_kept ? "ssl_session_cache" : "");
    TurnFixture fixture;
    TlsClient client(fixture, *context, 0, TlsMode::AsSet, nullptr, TLS1_3_VERSION);
    client.exchange();
    CHECK((fixture.counters.tls_new_sessions.get() > 0) == is_kept);
  }
}

}  // namespace
}  // namespace larder::server
