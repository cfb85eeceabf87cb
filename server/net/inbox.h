// Where other threads leave things for one worker: other workers the sockets they have accepted,
// the SASL service its answers, the logger the watchers that have gone.
//
// Threads: push() of sockets from other workers, push_answer() from the service's thread,
// push_departed() from the logger's, drain() and close() from the worker, notify() from any.  One
// mutex, a leaf; sockets are bounded by kSocketCountMax, answers by the number of connections that
// wait for one, the departed by that of watchers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/unique_fd.h"
#include "server/auth/sasl_session.h"
#include "server/net/event_loop.h"
#include "server/net/peer_address.h"
#include "server/options/tls_mode.h"
#include "server/options/wire_protocol.h"

namespace larder::server {

enum class Transport : uint8_t { Tcp, Unix };

// A client's socket: not blocking, closed on exec, and on TCP without Nagle's delay.
struct AcceptedSocket {
  base::UniqueFd fd;
  Transport transport = Transport::Tcp;
  WireProtocol protocol = WireProtocol::Auto;  // what its listener speaks
  TlsMode tls = TlsMode::Off;
  PeerAddress peer = {};
};

// For a connection of this worker, which cannot go away before it has been told.
struct LoginAnswer {
  void* connection;
  SaslReply reply;
};

// In the order of their arrival.
struct InboxContents {
  std::vector<AcceptedSocket> sockets;
  std::vector<LoginAnswer> answers;
  std::vector<void*> departed;  // connections whose clients watched and have gone

  void clear() noexcept {
    sockets.clear();
    answers.clear();
    departed.clear();
  }
};

class Inbox {
 public:
  static constexpr size_t kSocketCountMax = 1024;

  // `on_arrival` is called in the worker's loop after push() or notify(); several calls may be
  // one callback.
  void start(EventLoop& loop, LoopCallback on_arrival, void* context) noexcept {
    wakeup_.start(loop, on_arrival, context);
  }
  void stop() noexcept { wakeup_.stop(); }

  // False when full or closed; the socket then stays with the caller.
  bool push(AcceptedSocket&& socket);

  // No more sockets; what is in the inbox stays there for drain().
  void close();

  void push_answer(LoginAnswer answer);

  // A connection of this worker whose client watched and has gone.
  void push_departed(void* connection);

  // Replaces `contents` by what has arrived.  Reuse it: its memory goes back and forth.
  void drain(InboxContents& contents);

  // Wakes the worker for another reason, such as a request to stop.
  void notify() noexcept { wakeup_.notify(); }

 private:
  std::mutex mutex_;
  bool is_closed_ = false;  // guarded by mutex_
  InboxContents contents_;  // guarded by mutex_
  Wakeup wakeup_;
};

}  // namespace larder::server
