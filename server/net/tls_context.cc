#include "server/net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/assertions.h"

namespace larder::server {
namespace {

constexpr int kVerifyModes[] = {
    SSL_VERIFY_NONE,
    SSL_VERIFY_PEER,
    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE,
};
constexpr int kVersions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

// The text of OpenSSL's first error, which is the cause of the others.
std::string first_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

// The notAfter date of the served certificate as Unix time; 0 if it cannot be read.
int64_t end_of_certificate(const SSL_CTX* context) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  std::tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
    return 0;
  }
  return ::timegm(&end);
}

void make_absolute(std::string& path) {
  if (path.empty()) return;
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  if (!failed) path = absolute.string();
}

// A server process has no user to ask for the password of a private key.
int refuse_password(char*, int, int, void*) { return 0; }

int on_new_session(SSL* ssl, SSL_SESSION*) {
  static_cast<WorkerCounters*>(SSL_get_app_data(ssl))->tls_new_sessions.add();
  return 0;  // the session still belongs to OpenSSL
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }

base::Result<std::unique_ptr<TlsContext>> TlsContext::load(const TlsOptions& options) {
  if (options.tls_chain_file.empty()) {
    return base::fail("Error loading the certificate chain: -Z needs -o ssl_chain_cert=<file>");
  }
  std::unique_ptr<TlsContext> tls(new TlsContext(options));
  TlsOptions& own = tls->options_;
  if (own.tls_key_file.empty()) own.tls_key_file = own.tls_chain_file;
  for (std::string* path : {&own.tls_chain_file, &own.tls_key_file, &own.tls_ca_file}) {
    make_absolute(*path);
  }
  auto context = tls->read_files(true);
  if (!context) return context.error();
  tls->put(std::move(*context));
  return tls;
}

base::Outcome TlsContext::reload(base::Time now) {
  auto fresh = read_files(false);
  if (!fresh) return fresh.error();
  put(std::move(*fresh));
  loaded_at_.store(now, std::memory_order_relaxed);
  return base::Done{};
}

void TlsContext::put(Handle context) {
  expires_at_.store(end_of_certificate(context.get()), std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  context_.swap(context);  // the previous context is freed after the lock is released
}

base::Result<TlsContext::Handle> TlsContext::read_files(bool may_ask) const {
  ERR_clear_error();
  Handle context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return base::fail("Error starting OpenSSL: " + first_error());
  if (!may_ask) SSL_CTX_set_default_passwd_cb(context.get(), refuse_password);
  if (base::Outcome read = read_certificate(context.get()); !read) return read.error();
  if (base::Outcome read = read_authorities(context.get()); !read) return read.error();
  if (!options_.tls_ciphers.empty() &&
      SSL_CTX_set_cipher_list(context.get(), options_.tls_ciphers.c_str()) != 1) {
    ERR_clear_error();
    return base::fail("Error setting the provided cipher(s): " + options_.tls_ciphers);
  }
  set_rules(context.get());
  ERR_clear_error();
  return context;
}

base::Outcome TlsContext::read_certificate(SSL_CTX* context) const {
  const std::string& chain = options_.tls_chain_file;
  const std::string& key = options_.tls_key_file;
  if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1) {
    return base::fail(
        fmt::format("Error loading the certificate chain: {} : {}", chain, first_error()));
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), options_.tls_key_format) != 1) {
    return base::fail(fmt::format("Error loading the key: {} : {}", key, first_error()));
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return base::fail("Error validating the certificate: " + first_error());
  }
  return base::Done{};
}

base::Outcome TlsContext::read_authorities(SSL_CTX* context) const {
  const std::string& path = options_.tls_ca_file;
  if (path.empty()) return base::Done{};
  if (SSL_CTX_load_verify_locations(context, path.c_str(), nullptr) != 1) {
    return base::fail(
        fmt::format("Error loading the CA certificate: {} : {}", path, first_error()));
  }
  // The names of these authorities are sent to clients, which choose their certificate by them.
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(path.c_str()));
  return base::Done{};
}

void TlsContext::set_rules(SSL_CTX* context) const {
  SSL_CTX_set_min_proto_version(context, kVersions[options_.tls_min_version]);
  SSL_CTX_set_verify(context, kVerifyModes[options_.tls_verify_mode], nullptr);
  if (options_.has_tls_session_cache) {
    SSL_CTX_sess_set_new_cb(context, on_new_session);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  } else {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
  // Most cache clients close the socket without a TLS close message; truncation is detected anyway,
  // because requests and replies have their own length or end.
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (options_.uses_kernel_tls) {
    SSL_CTX_set_options(context, SSL_OP_ENABLE_KTLS);
  } else {
    SSL_CTX_set_read_ahead(context, 1);  // reads a record's header and body in one call
  }
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
}

std::unique_ptr<TlsSession> TlsContext::start_session(int fd, TlsMode mode,
                                                      WorkerCounters& counters) const {
  DEBUG_ASSERT(mode != TlsMode::Off);
  SSL* ssl = nullptr;
  {
    const std::lock_guard lock(mutex_);
    ssl = SSL_new(context_.get());
  }
  if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1) {
    SSL_free(ssl);
    ERR_clear_error();
    return nullptr;
  }
  if (mode == TlsMode::AnyClient) {
    SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
  } else if (mode == TlsMode::KnownClient) {
    SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  // A session from a listener that requires no certificate must not be resumed on one that does.
  const auto context_id = static_cast<unsigned char>(mode);
  SSL_set_session_id_context(ssl, &context_id, sizeof(context_id));
  SSL_set_accept_state(ssl);
  const size_t record_size =
      std::min<uint64_t>(options_.tls_write_bytes_max, TlsSession::kRecordSizeMax);
  return std::make_unique<TlsSession>(ssl, record_size, counters);
}

}  // namespace larder::server
