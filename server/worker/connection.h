// What is kept of one client between turns: as little as its protocol state needs, a few hundred
// bytes when idle.  The code that moves it on is in turn.cc and the classes that Turn owns.
//
// Threads: belongs to one worker; ConnectionInfo is what others may see.
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

// A client who asked for a dump and has read nothing of it for so long is closed.
inline constexpr base::Time kDumpPatienceSeconds = 60;

// The rest of a multiget whose client has to read first, or of a dump.
struct CutRequest {
  std::string keys;       // a multiget's: all that are left, as on the line
  std::string first_key;  // of the whole, if slow requests are told and it was read first
  protocol::Request request;
  base::Time moved_at = 0;  // when the client last took some of the reply
};

// Replies that the client has not taken.
struct Backlog {
  Outbox replies{0};
  size_t sent = 0;  // bytes of it that are gone

  size_t unsent() const noexcept { return replies.bytes().size() - sent; }
};

// Who may read the socket, write to it and close it.
enum class Holder : uint8_t {
  Worker,
  // Nobody: another thread checks the client's login, and its answer is for this very connection.
  LoginService,
  Logger,  // the client watches; the worker closes the connection when the logger says so
};

// Whether the connection goes on.
enum class Ending : uint8_t {
  None,
  Closing,  // nothing more is read; it is closed when nothing is owed: no backlog, no cut request
  Lost,     // the socket is of no use; it is closed at once, or when the holder gives it back
};

// Its state has five parts: who holds it, whether it ends, what comes next in its input, what the
// client is owed (backlog and cut request), and the login.  Between two turns only these
// combinations exist, as is_consistent() checks:
//
//   holder        input           backlog  cut request  login      ending
//   Worker        Request         any      any          any        None; Closing if one is owed
//   Worker        other kinds     any      no           any        None; Closing with a backlog
//   LoginService  Request         any      no           yes        any
//   Logger        Request, empty  no       no           no*        None, or Closing at the stop
//
// (* a client that must log in first may watch only afterwards.)  While there is a backlog nothing
// is read or executed, and a cut request goes on before anything else is.
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
  EventLoop::Watch watch;  // after fd: stopped before that is closed
  void* const owner;       // for the watch's callback

  std::unique_ptr<TlsSession> tls;  // null: the client speaks plainly
  ConnectionInput input;
  std::unique_ptr<Backlog> backlog;
  std::unique_ptr<CutRequest> cut_request;
  std::unique_ptr<LoginState> login;  // null: the client has said nothing that logs it in
  int64_t ready_at = 0;               // nanoseconds; before the tail was read
  const WireProtocol protocol;
  const Transport transport;
  protocol::Access access = protocol::Access::Open;
  CloseReason close_reason = CloseReason::Error;  // unless something else was seen
  Holder holder = Holder::Worker;
  Ending ending = Ending::None;
  bool is_queued = false;  // on the worker's list for the next turn

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

  // It said something, or goes on with what it said.
  void note_request(base::Time now) noexcept {
    last_request_at.store(now, std::memory_order_relaxed);
  }

  bool is_owed() const noexcept { return backlog != nullptr || cut_request != nullptr; }
  bool is_to_be_closed_now() const noexcept {
    return holder == Holder::Worker && (is_lost() || (is_ending() && !is_owed()));
  }
  // What to wait for when a reply was not taken whole.
  Interest interest_of_backlog() const noexcept {
    return tls != nullptr ? tls->awaited() : Interest::Writable;
  }
  bool has_cut_multiget() const noexcept {
    return cut_request != nullptr &&
           std::holds_alternative<protocol::Get>(cut_request->request.command);
  }
  // TLS has bytes at hand for which no event will come.
  bool has_unread_input() const noexcept { return tls != nullptr && tls->has_input(); }
  bool is_waiting_for_login() const noexcept { return holder == Holder::LoginService; }
  bool is_watching() const noexcept { return holder == Holder::Logger; }
  bool has_stalled_dump(base::Time now) const noexcept {
    return cut_request != nullptr && backlog != nullptr && !is_queued &&
           std::holds_alternative<protocol::Crawl>(cut_request->request.command) &&
           now - cut_request->moved_at > kDumpPatienceSeconds;
  }
  // Whether it is the client's turn to say something, and it has not begun to send a value.
  bool awaits_request() const noexcept {
    return holder == Holder::Worker && !is_owed() && input.is_at_request() && !is_queued;
  }

  // Whether the table above allows this state.
  bool is_consistent() const noexcept;
};
// Every client has one, beside what libevent and the system keep: an idle one costs 366 bytes.
static_assert(sizeof(Connection) <= 312);  // jemalloc gives 320

}  // namespace larder::server
