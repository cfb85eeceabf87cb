// The client's side of TLS, over sockets that do not block.
//
// OpenSSL is included by tls.cc only.
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

// One connection's.
class TlsSession {
 public:
  // Takes `ssl` over, which has its socket and the name to expect.
  explicit TlsSession(ssl_st* ssl, std::string peer_name);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  // Tells the server that this is the end, if it can be told at once.  The socket is still open.
  ~TlsSession();

  // False: it goes on once the socket is ready for handshake_events().
  Result<bool> handshake();
  short handshake_events() const noexcept { return read_events_; }

  // As Stream's.
  Result<size_t> read(std::span<char> buffer);
  Result<size_t> write(std::string_view bytes);
  short read_events() const noexcept { return read_events_; }
  short write_events() const noexcept { return write_events_; }
  bool is_quiet();

 private:
  // Of an operation that returned `status`: nothing if it is only blocked, on *events.
  Outcome explain(int status, ErrorCode otherwise, short* events);

  ssl_st* ssl_;
  std::string peer_name_;
  short read_events_;
  short write_events_;
  bool has_failed_ = false;
};

// Certificates and rules, for all connections.
class TlsContext {
 public:
  // Reads the files that the options name.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options);

  // For a connected socket.  `name`: the node's, a host name or a literal address, which its
  // certificate must have; TlsOptions::server_name takes its place.
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
