// A blocking connection to a server, with a deadline on every operation.
//
// Threads: one at a time.
// Errors: values.  Any failed operation closes the connection, because replies could no longer be
// assigned to requests; all later operations then fail, too.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "client/address.h"
#include "client/deadline.h"
#include "client/error.h"
#include "client/stream.h"

namespace larder::client {

class TlsContext;

class Connection {
 public:
  // Tries the addresses of the host in turn until one responds; each gets an equal share of the
  // time.  The system resolver looks up the name and does not observe the deadline; numeric
  // addresses and paths need no look-up.
  static Result<Connection> connect(const Address& address, Deadline deadline);

  // Takes ownership of a connected stream socket and makes it non-blocking.  `name` denotes the
  // peer in error texts.
  static Result<Connection> adopt(base::UniqueFd socket, std::string name);

  // Encrypts all further traffic.  `name` is the name that the server's certificate must have.
  Outcome start_tls(const TlsContext& tls, std::string_view name, Deadline deadline);

  // Sends all of `bytes`, and reads nothing meanwhile: the caller must split a batch whose replies
  // could fill both sockets' buffers.
  Outcome send_all(std::string_view bytes, Deadline deadline);

  // Returns the next line without its "\n" or "\r\n".  Fails after `size_max` bytes without a "\n".
  Result<std::string> read_line(size_t size_max, Deadline deadline);

  // Returns the next `size` bytes.
  Result<std::string> read_exact(size_t size, Deadline deadline);

  bool is_open() const noexcept { return static_cast<bool>(stream_); }
  void close() noexcept;

  // Releases the stream to a caller with its own event loop; bytes that were received but not read
  // are lost.  The connection is closed afterwards.
  Stream release_stream() noexcept;

 private:
  Connection(base::UniqueFd socket, std::string name);

  Outcome fill(Deadline deadline);
  std::string take(size_t size);
  Error give_up(Error error);

  Stream stream_;
  std::string name_;
  std::string unread_;  // received; the first taken_size_ bytes have been returned
  size_t taken_size_ = 0;
};

}  // namespace larder::client
