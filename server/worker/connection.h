// What is kept of one client between turns: as little as its protocol state needs, a few hundred
// bytes when idle.  The code that moves it on is in turn.cc.
//
// Threads: belongs to one worker; ConnectionInfo is what others may see.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "protocol/complaint.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "server/admin/connection_list.h"
#include "server/auth/login.h"
#include "server/command/executor.h"
#include "server/log/watch_record.h"
#include "server/net/event_loop.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/net/tls_session.h"

namespace larder::server {

// Received bytes that do not make a request yet.  Has memory only while it holds some.
class Tail {
 public:
  std::string_view bytes() const noexcept { return {data_.get(), size_}; }
  uint32_t size() const noexcept { return size_; }
  uint32_t capacity() const noexcept { return capacity_; }

  // Replaces the contents.  `bytes` may be part of them.
  void assign(std::string_view bytes);
  // Room for `size` bytes behind the contents; grow() takes them as written.
  char* prepare(uint32_t size);
  void grow(uint32_t size) noexcept { size_ += size; }
  void clear() noexcept {
    data_.reset();
    size_ = capacity_ = 0;
  }

 private:
  std::unique_ptr<char[]> data_;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

// A client who asked for a dump and has read nothing of it for so long is closed.
inline constexpr base::Time kDumpPatienceSeconds = 60;

// The rest of a multiget whose client has to read first, or of a dump.
struct CutRequest {
  std::string keys;       // a multiget's: all that are left, as on the line
  std::string first_key;  // of the whole, if slow requests are told and it was read first
  protocol::Request request;
  base::Time moved_at = 0;  // when the client last took some of the reply
};

struct Connection : ConnectionInfo {
  Connection(AcceptedSocket socket, void* worker_of_connection)
      : fd(std::move(socket.fd)),
        worker(worker_of_connection),
        peer(socket.peer),
        protocol(socket.protocol),
        transport(socket.transport) {
    descriptor = fd.get();
  }

  base::UniqueFd fd;
  EventLoop::Watch watch;  // after fd: stopped before that is closed
  void* const worker;      // for the watch's callback

  std::unique_ptr<TlsSession> tls;  // null: the client speaks plainly
  Tail tail;
  std::unique_ptr<Upload> upload;   // a value that is arriving
  std::unique_ptr<Outbox> backlog;  // replies the client has not taken; nothing is read meanwhile
  std::unique_ptr<CutRequest> cut_request;  // to be continued once the backlog is gone
  std::unique_ptr<LoginState> login;        // until the client is let in
  size_t backlog_sent = 0;                  // bytes of the backlog that are gone
  int64_t ready_at = 0;                     // nanoseconds; before the tail was read
  uint64_t bytes_to_skip = 0;               // of a value nobody wants
  uint32_t tail_searched = 0;               // bytes of the tail known to hold no line end
  uint32_t skipped_opaque = 0;              // binary: of the request the skipped value belongs to
  protocol::Complaint after_skip = protocol::Complaint::None;  // said when that is done
  uint8_t skipped_opcode = 0;                                  // binary
  protocol::Access access = protocol::Access::Open;
  CloseReason close_reason = CloseReason::Error;  // unless something else was seen
  const PeerAddress peer;
  const WireProtocol protocol;
  const Transport transport;
  bool is_dialect_known = false;   // the first byte was seen
  bool is_binary = false;          // it said so
  bool has_unparsed_tail = false;  // the tail may hold whole requests
  bool has_unread_input = false;   // TLS has bytes at hand for which no event will come
  bool awaits_value = false;       // the tail is a head whose small value is not all there
  bool is_queued = false;          // on the worker's list for the next turn
  bool is_closing = false;         // close once the backlog is gone
  bool is_lost = false;            // close now: the socket is of no use
  bool is_watching = false;        // the logger writes to the socket until it says otherwise

  // What to wait for when a reply was not taken whole.
  Interest interest_of_backlog() const noexcept {
    return tls != nullptr ? tls->awaited() : Interest::Writable;
  }
  bool has_cut_multiget() const noexcept {
    return cut_request != nullptr &&
           std::holds_alternative<protocol::Get>(cut_request->request.command);
  }
  // Another thread has its login in hand.
  bool is_waiting_for_login() const noexcept { return login != nullptr && login->is_waiting; }
  bool has_stalled_dump(base::Time now) const noexcept {
    return cut_request != nullptr && backlog != nullptr && !is_queued &&
           std::holds_alternative<protocol::Crawl>(cut_request->request.command) &&
           now - cut_request->moved_at > kDumpPatienceSeconds;
  }
  // Whether it is the client's turn to say something, and it has not begun to send a value.
  bool awaits_request() const noexcept {
    return backlog == nullptr && cut_request == nullptr && upload == nullptr &&
           bytes_to_skip == 0 && !awaits_value && !is_queued && !is_waiting_for_login() &&
           !is_watching;
  }
};

}  // namespace larder::server
