// The client side of TLS, over non-blocking sockets.
//
// Only tls.cc includes OpenSSL.
//
// Threads: a TlsContext any; a TlsSession one at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "client/error.h"
#include "client/options.h"

struct ssl_ctx_st;
struct ssl_st;

namespace larder::client {

// The TLS state of one connection.
class TlsSession {
 public:
  // Takes ownership of `ssl`, which already has its socket and the expected name.
  explicit TlsSession(ssl_st* ssl, std::string peer_name);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  // Sends a TLS close message if that is possible without blocking.  The socket is still open.
  ~TlsSession();

  // False: call again once the socket is ready for handshake_events().
  Result<bool> handshake();
  short handshake_events() const noexcept { return read_events_; }

  // The same as those of Stream.
  Result<size_t> read(std::span<char> buffer);
  Result<size_t> write(std::string_view bytes);
  short read_events() const noexcept { return read_events_; }
  short write_events() const noexcept { return write_events_; }
  bool is_quiet();

 private:
  // Interprets the `status` of an operation: no error if it is only blocked, which sets *events.
  Outcome explain(int status, ErrorCode otherwise, short* events);

  ssl_st* ssl_;
  std::string peer_name_;
  short read_events_;
  short write_events_;
  bool has_failed_ = false;
};

// Certificates and settings for all connections.
class TlsContext {
 public:
  // Reads the files that the options name.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options);

  // For a connected socket.  `name` is the node's host name or literal address, which the
  // certificate must have unless TlsOptions::server_name is set.
  Result<std::unique_ptr<TlsSession>> start(int fd, std::string_view name) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };

  TlsContext(std::unique_ptr<ssl_ctx_st, Free> context, const TlsOptions& options)
      : context_(std::move(context)), options_(options) {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
  const TlsOptions options_;
};

}  // namespace larder::client
