#include "client/tls.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/discovery.h"
#include "tests/support/certificates.h"
#include "tests/support/larder_process.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using Catch::Contains;
using support::Certificate;
using support::LarderProcess;

Deadline late() { return deadline_after(20s); }

// An authority and a server certificate signed by it, in files.
struct Certificates {
  explicit Certificates(const std::string& alternative)
      : authority("authority"), server("server", &authority, alternative) {
    authority.write(file("ca.pem"), "");
    server.write(file("server.pem"), file("server.key"));
  }

  std::string file(const std::string& name) const { return directory.file(name); }
  TlsOptions trusting() const { return {.ca_file = file("ca.pem")}; }
  std::vector<std::string> server_options(const std::string& more = "") const {
    return {"-Z", "-o",
            "ssl_chain_cert=" + file("server.pem") + ",ssl_key=" + file("server.key") + more};
  }

  support::TemporaryDirectory directory;
  Certificate authority;
  Certificate server;
};

Options options_of(const Address& address, const TlsOptions& tls) {
  Options options;
  options.nodes = {{.address = address}};
  options.tls = tls;
  options.connect_timeout = 10s;
  options.request_timeout = 20s;
  options.health.failures_max = 0;
  return options;
}

std::unique_ptr<Client> make(const Options& options) {
  auto client = Client::make(options);
  REQUIRE(client);
  return std::move(*client);
}

// The error of a get.
Error failure_of(const Address& address, const TlsOptions& tls) {
  const auto item = make(options_of(address, tls))->get("k");
  REQUIRE_FALSE(item);
  return item.error();
}

uint64_t connections_ever(const Connector& connector, const Address& address) {
  auto connection = connector.connect(address, {}, late());
  REQUIRE(connection);
  REQUIRE(connection->send_all("stats\r\n", late()));
  for (;;) {
    const auto line = connection->read_line(2048, late());
    REQUIRE(line);
    REQUIRE(*line != "END");
    const std::string name = "STAT total_connections ";
    if (line->starts_with(name)) return std::stoull(line->substr(name.size()));
  }
}

TEST_CASE("a client is served over TLS, with values of any size, on reused connections") {
  const Certificates certificates("IP:127.0.0.1");
  const LarderProcess larder(certificates.server_options(), certificates.trusting());
  const auto client = make(options_of(larder.address(), certificates.trusting()));
  const auto connector = Connector::make({}, certificates.trusting());
  REQUIRE(connector);
  const uint64_t before = connections_ever(*connector, larder.address());
  std::string large(1'000'000, '\0');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761U >> 24);
  std::vector<std::string> keys;
  for (int i = 0; i < 40; ++i) {
    keys.push_back("k" + std::to_string(i));
    REQUIRE(*client->set(keys.back(), large) == WriteOutcome::Stored);
  }
  // Sixteen times the size of a record, and more than the sockets hold, in both directions.
  for (const auto& item : client->get_many(keys)) {
    REQUIRE(item);
    REQUIRE(*item);
    CHECK((*item)->value == large);
  }
  std::vector<Client::Entry> entries;
  for (const std::string& key : keys) entries.push_back({key, large});
  for (const auto& outcome : client->set_many(entries)) CHECK(*outcome == WriteOutcome::Stored);
  // The client's connection, and the one that reads the statistics.
  CHECK(connections_ever(*connector, larder.address()) == before + 2);
}

TEST_CASE("a server certificate of an unknown authority is refused") {
  const Certificates certificates("IP:127.0.0.1");
  const Certificates others("IP:127.0.0.1");
  const LarderProcess larder(certificates.server_options(), certificates.trusting());
  const Error error = failure_of(larder.address(), others.trusting());
  CHECK(error.code == ErrorCode::TlsFailed);
  CHECK_THAT(error.text, Contains(larder.address().text()) && Contains("certificate"));
  CHECK(failure_of(larder.address(), TlsOptions{}).code == ErrorCode::TlsFailed);

  TlsOptions insecure = others.trusting();
  insecure.verifies = false;
  CHECK(make(options_of(larder.address(), insecure))->set("k", "v"));
}

TEST_CASE("a certificate must match the requested name") {
  const Certificates certificates("DNS:cache.example");
  TlsOptions tls = certificates.trusting();
  tls.server_name = "cache.example";
  const LarderProcess larder(certificates.server_options(), tls);
  CHECK(make(options_of(larder.address(), tls))->set("k", "v"));
  tls.server_name = "other.example";
  const Error other = failure_of(larder.address(), tls);
  CHECK(other.code == ErrorCode::TlsFailed);
  CHECK_THAT(other.text, Contains("other.example") && Contains("ostname mismatch"));
  const Error by_address = failure_of(larder.address(), certificates.trusting());
  CHECK(by_address.code == ErrorCode::TlsFailed);
  CHECK_THAT(by_address.text, Contains("127.0.0.1") && Contains("IP address mismatch"));

  // A node may have its own certificate name.
  Options options = options_of(larder.address(), certificates.trusting());
  options.nodes[0].tls_name = "cache.example";
  CHECK(make(options)->set("k", "v"));
}

TEST_CASE("nodes from discovery must have certificates for their names") {
  const Certificates certificates("DNS:cache.example");
  TlsOptions tls = certificates.trusting();
  tls.server_name = "cache.example";
  const LarderProcess larder(certificates.server_options(",config_set"), tls);
  const auto connector = Connector::make({}, tls);
  REQUIRE(connector);
  const auto tell = [&](const std::string& name) {
    auto connection = connector->connect(larder.address(), {}, late());
    REQUIRE(connection);
    const std::string text =
        "12\n" + name + "|127.0.0.1|" + std::to_string(larder.address().port) + "\n";
    REQUIRE(connection->send_all(
        "config set cluster 0 " + std::to_string(text.size()) + "\r\n" + text + "\r\n", late()));
    REQUIRE(*connection->read_line(2048, late()) == "STORED");
  };
  Options options = options_of(larder.address(), certificates.trusting());
  options.nodes[0].tls_name = "cache.example";
  options.discovery = DiscoveryOptions{};
  SECTION("their names match") {
    tell("cache.example");
    const auto client = make(options);
    CHECK(client->cluster_version() == 12);
    CHECK(client->set("k", "v"));
  }
  SECTION("their names do not match") {
    tell("other.example");
    const auto stored = make(options)->set("k", "v");
    REQUIRE_FALSE(stored);
    CHECK_THAT(stored.error().text, Contains("other.example"));
  }
}

TEST_CASE("a server may require a client certificate and a login") {
  const Certificates certificates("IP:127.0.0.1");
  const Certificate ours("client", &certificates.authority);
  ours.write(certificates.file("client.pem"), certificates.file("client.key"));
  support::TemporaryDirectory directory;
  std::FILE* const users = std::fopen(directory.file("users").c_str(), "we");
  REQUIRE(users != nullptr);
  std::fputs("anna:secret\n", users);
  REQUIRE(std::fclose(users) == 0);

  TlsOptions tls = certificates.trusting();
  tls.certificate_file = certificates.file("client.pem");
  tls.key_file = certificates.file("client.key");
  std::vector<std::string> words =
      certificates.server_options(",ssl_verify_mode=2,ssl_ca_cert=" + certificates.file("ca.pem"));
  words.insert(words.end(), {"-Y", directory.file("users")});
  const LarderProcess larder(words, tls);
  Options options = options_of(larder.address(), tls);
  options.login = Login{"anna", "secret"};
  CHECK(make(options)->set("k", "v"));
  options.tls = certificates.trusting();
  CHECK_FALSE(make(options)->set("k", "v"));
}

TEST_CASE("no request is sent to a server that does not speak TLS") {
  const LarderProcess larder;
  Options options = options_of(larder.address(), TlsOptions{});
  options.connect_timeout = 200ms;
  const auto stored = make(options)->set("k", "v");
  REQUIRE_FALSE(stored);
  const bool is_before_requests =
      stored.error().code == ErrorCode::TlsFailed || stored.error().code == ErrorCode::Unreachable;
  CHECK(is_before_requests);
  const auto plain = Client::make({.nodes = {{.address = larder.address()}}});
  CHECK_FALSE((*plain)->get("k")->has_value());
}

TEST_CASE("a connection closed by the server is an error, not a signal") {
  const Certificates certificates("IP:127.0.0.1");
  LarderProcess larder(certificates.server_options(), certificates.trusting());
  const auto connector = Connector::make({}, certificates.trusting());
  REQUIRE(connector);
  auto connection = connector->connect(larder.address(), {}, late());
  REQUIRE(connection);
  larder.kill();
  Outcome sent = Done{};
  for (int i = 0; i < 100 && sent; ++i) sent = connection->send_all("mn\r\n", late());
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == ErrorCode::ConnectionLost);
}

TEST_CASE("unusable files are reported when the client is created") {
  const Certificates certificates("IP:127.0.0.1");
  const std::string missing = certificates.file("missing");
  const std::string key = certificates.file("server.key");
  for (const TlsOptions& tls :
       {TlsOptions{.ca_file = missing}, TlsOptions{.certificate_file = missing},
        TlsOptions{.certificate_file = certificates.file("server.pem"), .key_file = missing}}) {
    const auto client =
        Client::make({.nodes = {{.address = {.host = "a", .port = 1, .path = {}}}}, .tls = tls});
    REQUIRE_FALSE(client);
    CHECK(client.error().code == ErrorCode::InvalidArgument);
    CHECK_THAT(client.error().text, Contains(missing));
  }
  CHECK_THAT(TlsContext::make({.key_file = key}).error().text, Contains("has no certificate"));
}

}  // namespace
}  // namespace larder::client
