#include "client/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace larder::client {
namespace {

// The text of OpenSSL's first error, which is the cause of the others.
std::string first_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "TLS failed without a reason";
  if (const char* const reason = ERR_reason_error_string(code)) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// Clears earlier errors, so that errors found later belong to the next operation.
void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

// ---- a socket BIO for OpenSSL ----
//
// OpenSSL's own BIO writes without MSG_NOSIGNAL: if a server closed the connection, SIGPIPE would
// terminate the application.

int fd_of(BIO* bio) { return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio))); }

bool may_retry() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int socket_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(fd_of(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && may_retry()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int socket_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = ::recv(fd_of(bio), bytes, static_cast<size_t>(size), MSG_DONTWAIT);
  if (received < 0 && may_retry()) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long socket_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

BIO* socket_bio(int fd) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "larder socket");
    BIO_meth_set_write(made, socket_write);
    BIO_meth_set_read(made, socket_read);
    BIO_meth_set_ctrl(made, socket_control);
    return made;
  }();
  BIO* const bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

// ---- the expected name ----

bool is_literal_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return ::inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1;
}

bool expect_name(SSL* ssl, const std::string& name, bool verifies) {
  if (is_literal_address(name)) {
    return !verifies || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  }
  if (!name.empty() && SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) return false;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return !verifies || SSL_set1_host(ssl, name.c_str()) == 1;
}

Error cannot_use(std::string_view what, const std::string& path) {
  return fail(ErrorCode::InvalidArgument,
              "cannot use the " + std::string(what) + " " + path + ": " + first_error());
}

}  // namespace

// ---- TlsSession ----

TlsSession::TlsSession(ssl_st* ssl, std::string peer_name)
    : ssl_(ssl), peer_name_(std::move(peer_name)), read_events_(POLLIN), write_events_(POLLOUT) {}

TlsSession::~TlsSession() {
  ERR_clear_error();
  if (!has_failed_ && SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
  SSL_free(ssl_);
}

Result<bool> TlsSession::handshake() {
  forget_errors();
  const int status = SSL_connect(ssl_);
  if (status == 1) {
    read_events_ = POLLIN;
    return true;
  }
  const long verdict = SSL_get_verify_result(ssl_);
  if (const Outcome blocked = explain(status, ErrorCode::TlsFailed, &read_events_); !blocked) {
    if (verdict == X509_V_OK) return fail(blocked.error().code, "TLS: " + blocked.error().text);
    return fail(ErrorCode::TlsFailed, "TLS: the certificate is not valid for " + peer_name_ + ": " +
                                          X509_verify_cert_error_string(verdict));
  }
  return false;
}

Result<size_t> TlsSession::read(std::span<char> buffer) {
  forget_errors();
  size_t size = 0;
  const int status = SSL_read_ex(ssl_, buffer.data(), buffer.size(), &size);
  read_events_ = POLLIN;
  if (status == 1) return size;
  const Outcome blocked = explain(status, ErrorCode::ConnectionLost, &read_events_);
  if (!blocked) return blocked.error();
  return size_t{0};
}

Result<size_t> TlsSession::write(std::string_view bytes) {
  if (bytes.empty()) return size_t{0};
  forget_errors();
  size_t size = 0;
  const int status = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &size);
  write_events_ = POLLOUT;
  if (status == 1) return size;
  const Outcome blocked = explain(status, ErrorCode::ConnectionLost, &write_events_);
  if (!blocked) return blocked.error();
  return size_t{0};
}

// Servers send session tickets, which are not replies: the peek processes them.
bool TlsSession::is_quiet() {
  forget_errors();
  char byte = 0;
  size_t size = 0;
  const int status = SSL_peek_ex(ssl_, &byte, 1, &size);
  return status != 1 && explain(status, ErrorCode::ConnectionLost, &read_events_).has_value();
}

Outcome TlsSession::explain(int status, ErrorCode otherwise, short* events) {
  const int number = errno;
  switch (SSL_get_error(ssl_, status)) {
    case SSL_ERROR_WANT_READ: *events = POLLIN; return Done{};
    case SSL_ERROR_WANT_WRITE: *events = POLLOUT; return Done{};
    case SSL_ERROR_ZERO_RETURN:
      has_failed_ = true;
      return fail(otherwise, "the server closed the connection");
    case SSL_ERROR_SYSCALL:
      has_failed_ = true;
      errno = number;
      if (number == 0) return fail(otherwise, "the server closed the connection");
      return fail_errno(otherwise, "cannot use the connection");
    default: has_failed_ = true; return fail(otherwise, first_error());
  }
}

// ---- TlsContext ----

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options) {
  ERR_clear_error();
  std::unique_ptr<ssl_ctx_st, Free> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return fail(ErrorCode::System, "cannot start TLS: " + first_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), options.verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  // Replies have their own length or end, so truncation is detected without TLS close messages.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // There is no user to ask for the password of a private key.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });

  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr) != 1) {
    return cannot_use("CA certificate", options.ca_file);
  }
  const std::string& certificate = options.certificate_file;
  const std::string& key = options.key_file.empty() ? certificate : options.key_file;
  if (certificate.empty() && !key.empty()) {
    return fail(ErrorCode::InvalidArgument, "the key " + key + " has no certificate");
  }
  if (!certificate.empty()) {
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
      return cannot_use("certificate", certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
      return cannot_use("key", key);
    }
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context), options));
}

Result<std::unique_ptr<TlsSession>> TlsContext::start(int fd, std::string_view name) const {
  const std::string expected =
      options_.server_name.empty() ? std::string(name) : options_.server_name;
  if (expected.empty() && options_.verifies) {
    return fail(ErrorCode::InvalidArgument,
                "TLS: there is no name to expect in the certificate: set TlsOptions::server_name");
  }
  ERR_clear_error();
  SSL* const ssl = SSL_new(context_.get());
  if (ssl == nullptr) return fail(ErrorCode::System, "cannot start TLS: " + first_error());
  auto session = std::make_unique<TlsSession>(ssl, expected);
  BIO* const bio = socket_bio(fd);
  if (bio == nullptr) return fail(ErrorCode::System, "cannot start TLS: " + first_error());
  SSL_set_bio(ssl, bio, bio);
  if (!expect_name(ssl, expected, options_.verifies)) {
    return fail(ErrorCode::InvalidArgument, "TLS: invalid name for a certificate: " + expected);
  }
  SSL_set_connect_state(ssl);
  return session;
}

}  // namespace larder::client
