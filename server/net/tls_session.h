// One client's TLS: what it says is decrypted, what it is told is encrypted, on a socket that does
// not block.  The handshake is part of the first reads.
//
// OpenSSL is included by tls_session.cc and tls_context.cc only.
//
// Threads: one owner, the worker of the connection; read() and destruction are its, write() may be
// another's for as long as the session is handed over.
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

// A client who has not finished its handshake after so long is closed.
inline constexpr base::Time kHandshakeSecondsMax = 10;

class TlsSession {
 public:
  // Plain bytes of the largest record; there is no use in writing more at once.
  static constexpr size_t kRecordSizeMax = 16 << 10;

  // Takes `ssl` over, which has its socket and waits for a client.  `record_size`: 1 to
  // kRecordSizeMax.  `counters`: the worker's.
  TlsSession(ssl_st* ssl, size_t record_size, WorkerCounters& counters) noexcept;
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  // Tells the client that this is the end, if it can be told at once, and counts an error if that
  // was it.  The socket is still open.
  ~TlsSession();

  // As read(2): plain bytes, 0 at the end, or -1 and errno; EAGAIN while the handshake goes on.
  // Reads about as much of the socket as it may return, however little comes of it.
  ssize_t read(char* to, size_t size) noexcept;

  // As send(2), of at most record_size() bytes.  After EAGAIN the next write begins with the same
  // bytes, all of them.
  ssize_t write(std::string_view bytes) noexcept;

  size_t record_size() const noexcept { return record_size_; }

  // Whether another read finds something, even if nothing comes to the socket any more.
  bool has_input() const noexcept { return has_input_; }

  // What has to happen to the socket before what was blocked last can go on.
  Interest awaited() const noexcept { return awaited_; }

  bool is_established() const noexcept { return is_established_; }

  // The handshake took too long.  To be destroyed next.
  void give_up() noexcept { has_failed_ = is_refused_ = true; }

  bool has_failed() const noexcept { return has_failed_; }
  // Why, in OpenSSL's words or the system's.
  std::string failure() const;

 private:
  ssize_t conclude(int result) noexcept;
  void note_progress() noexcept;
  friend struct TlsReadLimit;

  ssl_st* const ssl_;
  WorkerCounters& counters_;
  size_t may_read_ = 0;      // of the socket, before this read is enough for one turn
  unsigned long error_ = 0;  // OpenSSL's code; 0: the system's
  int system_error_ = ETIMEDOUT;
  const uint32_t record_size_;
  Interest awaited_ = Interest::Readable;
  bool is_established_ = false;
  bool has_input_ = false;
  bool has_failed_ = false;
  bool is_refused_ = false;  // for what the client said, not because the network failed
};

}  // namespace larder::server
