// One blocking connection to a server, with a deadline on every operation.
//
// Threads: one at a time.
// Errors: values.  After any failed operation the connection is closed, because what the peer
// sends next can no longer be told apart; every later operation then fails too.
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
  // Tries each address that the host's name stands for until one answers; each has its share of the
  // time.
  // Looking the name up is the system resolver's and does not see the deadline; numeric
  // addresses and paths need no look-up.
  static Result<Connection> connect(const Address& address, Deadline deadline);

  // Takes over a connected stream socket and makes it non-blocking.
  // `name` stands for the peer in error texts.
  static Result<Connection> adopt(base::UniqueFd socket, std::string name);

  // Has everything from here on encrypted.  `name` is what the server's certificate must have.
  Outcome start_tls(const TlsContext& tls, std::string_view name, Deadline deadline);

  // Sends all of `bytes`.  Nothing is read meanwhile: a batch whose replies could fill both
  // sockets' buffers must be split by the caller.
  Outcome send_all(std::string_view bytes, Deadline deadline);

  // The next line without its "\n" or "\r\n".
  // Fails when `size_max` bytes have come without a "\n".
  Result<std::string> read_line(size_t size_max, Deadline deadline);

  // The next `size` bytes, whatever they are.
  Result<std::string> read_exact(size_t size, Deadline deadline);

  bool is_open() const noexcept { return static_cast<bool>(stream_); }
  void close() noexcept;

  // Hands the stream to a caller with a loop of its own; bytes received and not yet read are lost.
  // The connection is closed afterwards.
  Stream release_stream() noexcept;

 private:
  Connection(base::UniqueFd socket, std::string name);

  Outcome fill(Deadline deadline);
  std::string take(size_t size);
  Error give_up(Error error);

  Stream stream_;
  std::string name_;
  std::string unread_;  // received; the first taken_size_ bytes are already handed out
  size_t taken_size_ = 0;
};

}  // namespace larder::client
