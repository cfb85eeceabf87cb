#include "server/net/tls_session.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/server/net/tls_fixture.h"

namespace larder::server {
namespace {

constexpr int kTinyBuffer = 4096;

std::string large_value(size_t size) {
  std::string value(size, ' ');
  for (size_t i = 0; i < size; ++i) value[i] = static_cast<char>('a' + i * i % 23);
  return value;
}

struct SessionFixture : TurnFixture {
  explicit SessionFixture(const std::string& command_line = "", const std::string& tls = "")
      : TurnFixture(command_line), context(files.load(tls)) {}

  TlsFiles files;
  std::unique_ptr<TlsContext> context;
};

TEST_CASE("a handshake may arrive byte by byte") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SessionFixture fixture;
    TlsClient client(fixture, *fixture.context, 0, TlsMode::AsSet, nullptr, version);
    CHECK(fixture.counters.tls_handshakes.get() == 1);
    CHECK(client.exchange(1) == "");
    CHECK(client.peer.is_established());
    CHECK(client.client.connection->tls->is_established());
    CHECK(fixture.counters.tls_handshakes.get() == 0);
    CHECK(client.ask("set a 0 0 1\r\nx\r\nget a\r\n", 1) ==
          "STORED\r\n" + hit("a", "x") + "END\r\n");
    CHECK(client.peer.server_name() == "server");
    CHECK(fixture.counters.tls_handshake_errors.get() == 0);
  }
}

TEST_CASE("a large value is sent and received, also in small pieces and small records") {
  const std::string value = large_value(900'000);
  for (const char* record : {"ssl_wbuf_size=64", "ssl_wbuf_size=1"}) {
    SessionFixture fixture("", record);
    TlsClient client(fixture, *fixture.context, kTinyBuffer);
    CHECK(client.ask("set k 0 0 900000\r\n" + value + "\r\n", 3000) == "STORED\r\n");
    CHECK(difference(client.ask("get k\r\nget none\r\n", 3000),
                     hit("k", value) + "END\r\nEND\r\n") == "");
    CHECK(client.saw_backlog);
    CHECK(fixture.counters.backlog_bytes.get() == 0);
    CHECK(fixture.counters.bytes_read.get() == 18 + 900'002 + 7 + 10);
  }
}

TEST_CASE("replies of many sizes between borrowed values arrive whole and in order") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context, kTinyBuffer);
  std::string requests;
  std::string expected;
  for (size_t i = 0; i < 60; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::string value = large_value(i * i * 17);
    CHECK(client.ask("set " + key + " 0 0 " + std::to_string(value.size()) + "\r\n" + value +
                     "\r\n") == "STORED\r\n");
    requests += "get " + key + "\r\nversion\r\n";
    expected += hit(key, value) + "END\r\nVERSION 1.6.45\r\n";
  }
  CHECK(difference(client.ask(requests, 5000), expected) == "");
  CHECK(client.saw_backlog);
}

TEST_CASE("requests that TLS has already read are executed without a further event") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context);
  client.exchange();
  // As much as a turn reads, and the largest record, so that the next record arrives with it.
  std::string full;
  std::string expected;
  for (int i = 0; i < 4096; ++i) {
    full += "mn\r\n";
    expected += "MN\r\n";
  }
  client.peer.write(full);
  client.peer.write("version\r\n");
  CHECK(difference(client.exchange(), expected + "VERSION 1.6.45\r\n") == "");
  CHECK_FALSE(client.client.connection->has_unread_input());
}

TEST_CASE("a value that TLS has already read is stored without a further event") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context);
  client.exchange();
  const std::string value = large_value(40'000);
  client.peer.write("set k 0 0 40000\r\n" + value.substr(0, 9000));
  client.peer.write(value.substr(9000) + "\r\nget k\r\n");
  CHECK(difference(client.exchange(), "STORED\r\n" + hit("k", value) + "END\r\n") == "");
}

TEST_CASE("a client that does not speak TLS is refused and counted") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context);
  fixture.send_some(client.client, "version\r\nversion\r\n");
  fixture.settle();
  CHECK(client.client.connection == nullptr);
  CHECK(fixture.counters.tls_handshake_errors.get() == 1);
  CHECK(fixture.counters.tls_protocol_errors.get() == 0);
  CHECK(fixture.counters.tls_handshakes.get() == 0);
  CHECK(fixture.counters.bytes_read.get() == 0);
}

TEST_CASE("a client that closes before the handshake is not an error") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context);
  client.client.fd.reset();
  fixture.settle();
  CHECK(client.client.connection == nullptr);
  CHECK(fixture.counters.tls_handshake_errors.get() == 0);
  CHECK(fixture.counters.tls_handshakes.get() == 0);
}

TEST_CASE("protocol errors after the handshake are counted separately") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context);
  CHECK(client.ask("version\r\n") == "VERSION 1.6.45\r\n");
  fixture.send_some(client.client, "version\r\n");
  fixture.settle();
  CHECK(client.client.connection == nullptr);
  CHECK(fixture.counters.tls_handshake_errors.get() == 0);
  CHECK(fixture.counters.tls_protocol_errors.get() == 1);
}

TEST_CASE("a client that sends close_notify gets one") {
  SessionFixture fixture;
  TlsClient quitting(fixture, *fixture.context);
  CHECK(quitting.ask("quit\r\n") == "");
  CHECK(quitting.client.connection == nullptr);
  CHECK(quitting.peer.has_been_told_goodbye);
  TlsClient asking(fixture, *fixture.context);
  asking.exchange();
  asking.peer.write("version\r\n");
  SSL_shutdown(asking.peer.ssl());
  CHECK(asking.exchange() == "VERSION 1.6.45\r\n");
  CHECK(asking.client.connection == nullptr);
  CHECK(asking.peer.has_been_told_goodbye);
}

TEST_CASE("some verify modes require a client certificate and others do not") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SessionFixture fixture;
    const support::Certificate known("client", &fixture.files.authority);
    const support::Certificate stranger("stranger");
    const auto answer = [&](TlsMode mode, const support::Certificate* certificate) {
      TlsClient client(fixture, *fixture.context, 0, mode, certificate, version);
      client.exchange();
      if (!client.peer.is_established()) return std::string("<none>");
      return client.ask("version\r\n");
    };
    CHECK(answer(TlsMode::KnownClient, &known) == "VERSION 1.6.45\r\n");
    CHECK(answer(TlsMode::KnownClient, nullptr).find("VERSION") == std::string::npos);
    CHECK(answer(TlsMode::KnownClient, &stranger).find("VERSION") == std::string::npos);
    CHECK(fixture.counters.tls_handshake_errors.get() == 2);
    CHECK(answer(TlsMode::AnyClient, nullptr) == "VERSION 1.6.45\r\n");
    CHECK(answer(TlsMode::AsSet, nullptr) == "VERSION 1.6.45\r\n");
  }
}

TEST_CASE("a session can be resumed only with the verify mode that it was created with") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SessionFixture fixture;
    TlsClient first(fixture, *fixture.context, 0, TlsMode::AnyClient, nullptr, version);
    CHECK(first.ask("version\r\n") == "VERSION 1.6.45\r\n");
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(
        SSL_get1_session(first.peer.ssl()), SSL_SESSION_free);
    TlsClient again(fixture, *fixture.context, 0, TlsMode::AnyClient, nullptr, version,
                    session.get());
    CHECK(again.ask("version\r\n") == "VERSION 1.6.45\r\n");
    CHECK(SSL_session_reused(again.peer.ssl()) == 1);
    TlsClient elsewhere(fixture, *fixture.context, 0, TlsMode::KnownClient, nullptr, version,
                        session.get());
    elsewhere.exchange();
    if (elsewhere.peer.is_established()) CHECK(elsewhere.ask("version\r\n") == "");
    CHECK(elsewhere.client.connection == nullptr);
    REQUIRE(fixture.context->reload(50));
    TlsClient later(fixture, *fixture.context, 0, TlsMode::AnyClient, nullptr, version,
                    session.get());
    CHECK(later.ask("version\r\n") == "VERSION 1.6.45\r\n");
    CHECK(SSL_session_reused(later.peer.ssl()) == 0);
  }
}

TEST_CASE("a client may update its keys, but cannot occupy a worker with it") {
  SessionFixture fixture;
  TlsClient client(fixture, *fixture.context, 0, TlsMode::AsSet, nullptr, TLS1_3_VERSION);
  client.exchange();
  for (int i = 0; i < 3000; ++i) {
    SSL_key_update(client.peer.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(client.peer.ssl());
  }
  client.peer.write("version\r\n");
  const std::string flood = client.peer.take_output();
  REQUIRE(fixture.send_some(client.client, flood) == flood.size());
  const int turns = fixture.settle();
  CHECK(turns >= static_cast<int>(flood.size() / (33 << 10)));
  CHECK(client.exchange() == "VERSION 1.6.45\r\n");
}

}  // namespace
}  // namespace larder::server
