#include "server/net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assertions.h"

namespace larder::server {

// OpenSSL continues to read as long as records without application data arrive, such as key
// updates, so a client that sends them endlessly could block a worker.  This callback makes the
// socket appear empty after a number of bytes, and the event loop calls read() again.
struct TlsReadLimit {
  static long on_call(BIO* socket, int call, const char*, size_t, int, long, int result,
                      size_t* processed) {
    auto& session = *reinterpret_cast<TlsSession*>(BIO_get_callback_arg(socket));
    if (call == BIO_CB_READ && session.may_read_ == 0) {
      BIO_clear_retry_flags(socket);
      BIO_set_retry_read(socket);
      return -1;
    }
    if (call == (BIO_CB_READ | BIO_CB_RETURN) && result > 0 && processed != nullptr) {
      session.may_read_ -= std::min(session.may_read_, *processed);
    }
    return result;
  }
};

TlsSession::TlsSession(SSL* ssl, size_t record_size, WorkerCounters& counters) noexcept
    : ssl_(ssl), counters_(counters), record_size_(static_cast<uint32_t>(record_size)) {
  DEBUG_ASSERT(record_size >= 1 && record_size <= kRecordSizeMax);
  BIO* const socket = SSL_get_rbio(ssl);
  BIO_set_callback_ex(socket, TlsReadLimit::on_call);
  BIO_set_callback_arg(socket, reinterpret_cast<char*>(this));
  SSL_set_app_data(ssl, &counters);
  counters_.tls_handshakes.add();
}

TlsSession::~TlsSession() {
  if (!is_established_) counters_.tls_handshakes.subtract();
  if (is_refused_) {
    (is_established_ ? counters_.tls_protocol_errors : counters_.tls_handshake_errors).add();
  }
  // OpenSSL forbids SSL_shutdown() during a handshake and after an error.
  if (is_established_ && !has_failed_) SSL_shutdown(ssl_);
  SSL_free(ssl_);
  ERR_clear_error();
}

ssize_t TlsSession::read(char* to, size_t size) noexcept {
  has_input_ = false;
  may_read_ = size;
  size_t total = 0;
  while (total < size) {
    size_t got = 0;
    ERR_clear_error();
    const int result = has_failed_ ? 0 : SSL_read_ex(ssl_, to + total, size - total, &got);
    if (result != 1) {
      const ssize_t end = conclude(result);
      if (total == 0) return end;
      // An end or error after these bytes is reported by the next call.
      has_input_ = end == 0 || has_failed_;
      return static_cast<ssize_t>(total);
    }
    note_progress();
    total += got;
    // After a short record the socket is most likely empty, and checking would cost a system call.
    if (got < kRecordSizeMax && SSL_has_pending(ssl_) == 0) break;
  }
  awaited_ = Interest::Readable;
  has_input_ = SSL_has_pending(ssl_) != 0;
  return static_cast<ssize_t>(total);
}

ssize_t TlsSession::write(std::string_view bytes) noexcept {
  DEBUG_ASSERT(!bytes.empty() && bytes.size() <= record_size_);
  size_t written = 0;
  may_read_ = kRecordSizeMax;  // a write also reads if the client is updating keys
  ERR_clear_error();
  const int result = has_failed_ ? 0 : SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written);
  if (result == 1) return static_cast<ssize_t>(written);
  if (conclude(result) < 0) return -1;
  errno = EPIPE;
  return -1;
}

// Translates a failed OpenSSL call to the result of read(2).
ssize_t TlsSession::conclude(int result) noexcept {
  const int system_error = errno;
  if (!has_failed_) {
    note_progress();
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
        awaited_ = Interest::Readable;
        errno = EAGAIN;
        return -1;
      case SSL_ERROR_WANT_WRITE:
        awaited_ = Interest::Writable;
        errno = EAGAIN;
        return -1;
      case SSL_ERROR_ZERO_RETURN: return 0;
      case SSL_ERROR_SYSCALL:
        // The network failed or the client has disconnected.
        has_failed_ = true;
        system_error_ = system_error != 0 && system_error != EAGAIN ? system_error : ECONNRESET;
        errno = system_error_;
        return -1;
      default:
        has_failed_ = is_refused_ = true;
        error_ = ERR_peek_error();
        break;
    }
  }
  errno = EPROTO;
  return -1;
}

std::string TlsSession::failure() const {
  if (error_ == 0) return std::strerror(system_error_);
  char text[256];
  ERR_error_string_n(error_, text, sizeof(text));
  return text;
}

void TlsSession::note_progress() noexcept {
  if (is_established_ || SSL_is_init_finished(ssl_) == 0) return;
  is_established_ = true;
  counters_.tls_handshakes.subtract();
}

}  // namespace larder::server
