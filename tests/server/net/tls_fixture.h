// TLS clients, and the files that a server needs for them.
//
// Threads: one.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/assertions.h"
#include "server/net/tls_context.h"
#include "tests/server/options/command_lines.h"
#include "tests/server/worker/turn_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/sockets.h"

namespace larder::server {

// A directory with ca.pem, server.pem and server.key.
struct TlsFiles {
  TlsFiles() {
    authority.write(directory.file("ca.pem"), "");
    certificate.write(directory.file("server.pem"), directory.file("server.key"));
  }
  // Options that name these files, and further settings of -o.
  std::string command_line(const std::string& more = "") const {
    return "-Z -o ssl_chain_cert=" + directory.file("server.pem") +
           ",ssl_key=" + directory.file("server.key") + ",ssl_ca_cert=" + directory.file("ca.pem") +
           (more.empty() ? "" : "," + more);
  }
  std::unique_ptr<TlsContext> load(const std::string& more = "") const {
    auto loaded = TlsContext::load(options_of(command_line(more)));
    ASSERT(loaded.has_value());
    return std::move(*loaded);
  }

  support::TemporaryDirectory directory;
  support::Certificate authority{"authority"};
  support::Certificate certificate{"server", &authority};
};

// The client side of TLS in memory: the test moves its input and output.
class TlsPeer {
 public:
  // `certificate` is presented if the server requests one; null: none.  `version` is the only
  // version that it offers.
  explicit TlsPeer(const support::Certificate* certificate = nullptr, int version = 0,
                   SSL_SESSION* session = nullptr)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    if (version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), version);
      SSL_CTX_set_max_proto_version(context_.get(), version);
    }
    if (certificate != nullptr) {
      ASSERT(SSL_CTX_use_certificate(context_.get(), certificate->x509()) == 1);
      ASSERT(SSL_CTX_use_PrivateKey(context_.get(), certificate->key()) == 1);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (session != nullptr) SSL_set_session(ssl_.get(), session);
    SSL_set_connect_state(ssl_.get());
  }

  SSL* ssl() const { return ssl_.get(); }
  bool is_established() const { return SSL_is_init_finished(ssl()) == 1; }
  // From the server's certificate.
  std::string server_name() const {
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl()),
                                                            X509_free);
    char name[64] = "";
    if (shown == nullptr) return "<none>";
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name,
                              sizeof(name));
    return name;
  }

  // The bytes that it wants to send.
  std::string take_output() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl()), &data);
    std::string bytes(data, static_cast<size_t>(size));
    (void)BIO_reset(SSL_get_wbio(ssl()));
    return bytes;
  }
  void put_input(std::string_view bytes) {
    if (!bytes.empty())
      BIO_write(SSL_get_rbio(ssl()), bytes.data(), static_cast<int>(bytes.size()));
  }
  // Uses one record per 16 KB.
  void write(std::string_view plain) {
    ASSERT(SSL_write(ssl(), plain.data(), static_cast<int>(plain.size())) ==
           static_cast<int>(plain.size()));
  }
  // The decrypted input; also continues a handshake.
  std::string read() {
    if (!is_established()) SSL_do_handshake(ssl());
    std::string all;
    char bytes[16384];
    for (int size; (size = SSL_read(ssl(), bytes, sizeof(bytes))) > 0;) {
      all.append(bytes, static_cast<size_t>(size));
    }
    has_been_told_goodbye =
        has_been_told_goodbye || (SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0;
    ERR_clear_error();
    return all;
  }

  // A TLS close message was received, not only the end of the socket.
  bool has_been_told_goodbye = false;

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

// A connection of a TurnFixture and its client.
struct TlsClient {
  TlsClient(TurnFixture& turns, const TlsContext& context, int buffer_size = 0,
            TlsMode mode = TlsMode::AsSet, const support::Certificate* certificate = nullptr,
            int version = 0, SSL_SESSION* session = nullptr)
      : fixture(turns), client(turns.connect(buffer_size)), peer(certificate, version, session) {
    client.connection->tls =
        context.start_session(client.connection->fd.get(), mode, turns.counters);
    ASSERT(client.connection->tls != nullptr);
  }

  // Moves bytes in both directions, in pieces of at most `piece`, until nothing more moves; returns
  // the data read.
  std::string exchange(size_t piece = 1 << 20) {
    std::string answer;
    for (bool goes_on = true; goes_on;) {
      answer += peer.read();
      unsent += peer.take_output();
      const size_t sent = fixture.send_some(client, unsent.substr(0, piece));
      unsent.erase(0, sent);
      const int turns = fixture.settle();
      const std::string some = fixture.receive_some(client, piece);
      peer.put_input(some);
      saw_backlog =
          saw_backlog || (client.connection != nullptr && client.connection->backlog != nullptr);
      goes_on = sent > 0 || turns > 0 || !some.empty();
    }
    return answer + peer.read();
  }
  std::string ask(std::string_view plain, size_t piece = 1 << 20) {
    std::string answer = exchange(piece);
    peer.write(plain);
    return answer + exchange(piece);
  }

  TurnFixture& fixture;
  TurnFixture::Client& client;
  TlsPeer peer;
  std::string unsent;
  bool saw_backlog = false;
};

}  // namespace larder::server
