// The TLS state of one client on a non-blocking socket: decrypts its input and encrypts its output.
// The handshake is part of the first reads.
//
// Only tls_session.cc and tls_context.cc include OpenSSL.
//
// Threads: one owner, the worker of the connection, which calls read() and destroys it; another
// thread may call write() as long as the session is handed over to it.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "server/net/event_loop.h"
#include "server/support/worker_counters.h"

struct ssl_st;

namespace larder::server {

// The time limit for the handshake; after it the connection is closed.
inline constexpr base::Time kHandshakeSecondsMax = 10;

class TlsSession {
 public:
  // The maximum plaintext size of a record; writing more at once has no advantage.
  static constexpr size_t kRecordSizeMax = 16 << 10;

  // Takes ownership of `ssl`, which has its socket and is in server mode.  `record_size` is 1 to
  // kRecordSizeMax.  `counters` are the worker's.
  TlsSession(ssl_st* ssl, size_t record_size, WorkerCounters& counters) noexcept;
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  // Sends a TLS close message if that is possible without blocking, and counts an error if the
  // session failed because of the client.  The socket is still open.
  ~TlsSession();

  // Like read(2): plaintext bytes, 0 at the end, or -1 and errno; EAGAIN during the handshake.
  // Reads about `size` bytes of the socket at most, even if they contain little plaintext.
  ssize_t read(char* to, size_t size) noexcept;

  // Like send(2), for at most record_size() bytes.  After EAGAIN the next write must begin with all
  // of the same bytes.
  ssize_t write(std::string_view bytes) noexcept;

  size_t record_size() const noexcept { return record_size_; }

  // Whether another read returns something, even without new input on the socket.
  bool has_input() const noexcept { return has_input_; }

  // The socket event that the blocked operation waits for.
  Interest awaited() const noexcept { return awaited_; }

  bool is_established() const noexcept { return is_established_; }

  // The handshake took too long.  The caller destroys the session next.
  void give_up() noexcept { has_failed_ = is_refused_ = true; }

  bool has_failed() const noexcept { return has_failed_; }
  // The reason, in the wording of OpenSSL or the system.
  std::string failure() const;

 private:
  ssize_t conclude(int result) noexcept;
  void note_progress() noexcept;
  friend struct TlsReadLimit;

  ssl_st* const ssl_;
  WorkerCounters& counters_;
  size_t may_read_ = 0;      // bytes of the socket that this read may still use
  unsigned long error_ = 0;  // OpenSSL's code; 0: see system_error_
  int system_error_ = ETIMEDOUT;
  const uint32_t record_size_;
  Interest awaited_ = Interest::Readable;
  bool is_established_ = false;
  bool has_input_ = false;
  bool has_failed_ = false;
  bool is_refused_ = false;  // failed because of the client's input, not the network
};

}  // namespace larder::server
