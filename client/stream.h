// A connected socket that does not block, plain or under TLS: all that the client reads and writes
// goes through here.
//
// Threads: one at a time.
// Errors: values; after one the stream is of no use.
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
  // The buffer of a read has this size at least: the largest TLS record.  So no read leaves bytes
  // behind of which poll(2) does not know.
  static constexpr size_t kReadSizeMin = 16 * 1024;

  Stream();
  explicit Stream(base::UniqueFd socket);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  explicit operator bool() const noexcept { return static_cast<bool>(socket_); }
  int fd() const noexcept { return socket_.get(); }
  void close() noexcept;

  // From now on everything is encrypted.  The session is of this stream's socket and has finished
  // its handshake.
  void encrypt(std::unique_ptr<TlsSession> session);

  // How many bytes were read or written; 0: none can be before the socket is ready for
  // read_events() or write_events().  After 0 the next write begins with the same bytes.
  // Fails with ConnectionLost if the server has closed, too.
  Result<size_t> read(std::span<char> buffer);
  Result<size_t> write(std::string_view bytes);
  short read_events() const noexcept;
  short write_events() const noexcept;

  // Whether a connection without requests under way can be used again: it is open, and the server
  // said nothing.
  bool is_quiet();

  // The socket of a plain stream, which is closed afterwards.
  base::UniqueFd release_socket() noexcept;

 private:
  base::UniqueFd socket_;
  std::unique_ptr<TlsSession> session_;  // null: plain
};

}  // namespace larder::client
