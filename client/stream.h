// A connected non-blocking socket, with or without TLS; all reads and writes of the client use it.
//
// Threads: one at a time.
// Errors: values; after an error the stream is unusable.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/unique_fd.h"
#include "client/error.h"

namespace larder::client {

class TlsSession;

class Stream {
 public:
  // The minimum size of a read buffer: the largest TLS record.  So a read leaves no decrypted bytes
  // behind, which poll(2) would not report.
  static constexpr size_t kReadSizeMin = 16 * 1024;

  Stream();
  explicit Stream(base::UniqueFd socket);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  explicit operator bool() const noexcept { return static_cast<bool>(socket_); }
  int fd() const noexcept { return socket_.get(); }
  void close() noexcept;

  // Encrypts all further traffic.  The session belongs to this stream's socket and has finished its
  // handshake.
  void encrypt(std::unique_ptr<TlsSession> session);

  // Return the number of bytes read or written; 0: none until the socket is ready for read_events()
  // or write_events().  After 0, the next write must begin with the same bytes.  Also fail with
  // ConnectionLost if the server has closed the connection.
  Result<size_t> read(std::span<char> buffer);
  Result<size_t> write(std::string_view bytes);
  short read_events() const noexcept;
  short write_events() const noexcept;

  // Whether a connection without requests in flight can be reused: it is open, and no bytes have
  // arrived.
  bool is_quiet();

  // Releases the socket of a stream without TLS; the stream is closed afterwards.
  base::UniqueFd release_socket() noexcept;

 private:
  base::UniqueFd socket_;
  std::unique_ptr<TlsSession> session_;  // null: no TLS
};

}  // namespace larder::client
