// The state of a client between turns: as little as its protocol requires, a few hundred bytes when
// idle.  The code that changes it is in turn.cc and in the classes that Turn owns.
//
// Threads: belongs to one worker; other threads may read the ConnectionInfo.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "server/admin/connection_list.h"
#include "server/auth/login.h"
#include "server/log/watch_record.h"
#include "server/net/event_loop.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/net/tls_session.h"
#include "server/worker/connection_input.h"

namespace larder::server {

// A client that has requested a dump and has read nothing of it for this time is disconnected.
inline constexpr base::Time kDumpPatienceSeconds = 60;

// The rest of a multiget that waits for its client to read, or of a dump.
struct CutRequest {
  std::string keys;       // multiget only: the remaining keys, as on the line
  std::string first_key;  // of the whole request, if slow requests are logged and it was read first
  protocol::Request request;
  base::Time moved_at = 0;  // when the client last read some of the reply
};

// Replies that the client has not read yet.
struct Backlog {
  Outbox replies{0};
  size_t sent = 0;  // number of bytes already sent

  size_t unsent() const noexcept { return replies.bytes().size() - sent; }
};

// The thread that currently uses the socket.
enum class Holder : uint8_t {
  Worker,
  // No thread uses the socket: the SASL service is checking the client's login, and its reply is
  // for this connection.
  LoginService,
  Logger,  // the client watches; the worker closes the connection on the logger's notice
};

// Whether the connection is about to end.
enum class Ending : uint8_t {
  None,
  Closing,  // nothing more is read; it is closed once there is no backlog and no cut request
  Lost,     // the socket is unusable; it is closed at once, or when the holder returns it
};

// The state has five parts: the holder, the ending, the next input, the pending output (backlog and
// cut request), and the login.  Between two turns only these combinations exist, as is_consistent()
// checks:
//
//   holder        input           backlog  cut request  login      ending
//   Worker        Request         any      any          any        None; Closing if output is
//   pending Worker        other kinds     any      no           any        None; Closing with a
//   backlog LoginService  Request         any      no           yes        any Logger Request,
//   empty  no       no           no*        None, or Closing at the stop
//
// (* a client that must log in can only watch afterwards.)  While there is a backlog, nothing is
// read or executed; a cut request is completed before other requests are executed.
struct Connection : ConnectionInfo {
  Connection(AcceptedSocket socket, void* owner_of_connection)
      : fd(std::move(socket.fd)),
        owner(owner_of_connection),
        protocol(socket.protocol),
        transport(socket.transport) {
    descriptor = fd.get();
    peer = socket.peer;
  }

  base::UniqueFd fd;
  EventLoop::Watch watch;  // after fd, so that it is stopped before fd is closed
  void* const owner;       // used by the watch's callback

  std::unique_ptr<TlsSession> tls;  // null: no TLS
  ConnectionInput input;
  std::unique_ptr<Backlog> backlog;
  std::unique_ptr<CutRequest> cut_request;
  std::unique_ptr<LoginState> login;  // null: the client has not tried to log in
  int64_t ready_at = 0;               // in nanoseconds; before the tail was read
  const WireProtocol protocol;
  const Transport transport;
  protocol::Access access = protocol::Access::Open;
  CloseReason close_reason = CloseReason::Error;  // unless another reason is known
  Holder holder = Holder::Worker;
  Ending ending = Ending::None;
  bool is_queued = false;  // in the worker's list for the next turn

  void close_when_sent() noexcept {
    if (ending == Ending::None) ending = Ending::Closing;
  }
  void close_when_sent(CloseReason reason) noexcept {
    close_reason = reason;
    close_when_sent();
  }
  void lose() noexcept { ending = Ending::Lost; }
  bool is_ending() const noexcept { return ending != Ending::None; }
  bool is_lost() const noexcept { return ending == Ending::Lost; }

  // Called when a request arrives or continues.
  void note_request(base::Time now) noexcept {
    last_request_at.store(now, std::memory_order_relaxed);
  }

  bool is_owed() const noexcept { return backlog != nullptr || cut_request != nullptr; }
  bool is_to_be_closed_now() const noexcept {
    return holder == Holder::Worker && (is_lost() || (is_ending() && !is_owed()));
  }
  // The event to wait for after a reply was sent partially.
  Interest interest_of_backlog() const noexcept {
    return tls != nullptr ? tls->awaited() : Interest::Writable;
  }
  bool has_cut_multiget() const noexcept {
    return cut_request != nullptr &&
           std::holds_alternative<protocol::Get>(cut_request->request.command);
  }
  // TLS has decrypted bytes, for which no event will occur.
  bool has_unread_input() const noexcept { return tls != nullptr && tls->has_input(); }
  bool is_waiting_for_login() const noexcept { return holder == Holder::LoginService; }
  bool is_watching() const noexcept { return holder == Holder::Logger; }
  bool has_stalled_dump(base::Time now) const noexcept {
    return cut_request != nullptr && backlog != nullptr && !is_queued &&
           std::holds_alternative<protocol::Crawl>(cut_request->request.command) &&
           now - cut_request->moved_at > kDumpPatienceSeconds;
  }
  // Whether the server waits for the client's next request, and not for the rest of a value.
  bool awaits_request() const noexcept {
    return holder == Holder::Worker && !is_owed() && input.is_at_request() && !is_queued;
  }

  // Whether the table above allows this state.
  bool is_consistent() const noexcept;
};
// Every client needs one, in addition to the memory of libevent and the kernel: an idle client
// costs 366 bytes.
static_assert(sizeof(Connection) <= 312);  // jemalloc gives 320

}  // namespace larder::server
