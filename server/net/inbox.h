// The queue through which other threads pass objects to a worker: other workers pass sockets that
// they have accepted, the SASL service its replies, and the logger watchers that have disconnected.
//
// Threads: push() from other workers, push_answer() from the SASL service's thread, push_departed()
// from the logger's, drain() and close() from the worker, notify() from any.  One mutex, acquired
// last.  Sizes are limited: sockets by kSocketCountMax, replies by the number of connections that
// wait for one, departed watchers by the number of watchers.
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

// A client's socket: non-blocking, close-on-exec and, on TCP, without Nagle's algorithm.
struct AcceptedSocket {
  base::UniqueFd fd;
  Transport transport = Transport::Tcp;
  WireProtocol protocol = WireProtocol::Auto;  // the protocol of its listener
  TlsMode tls = TlsMode::Off;
  PeerAddress peer = {};
};

// A reply for a connection of this worker, which stays alive until it has received it.
struct LoginAnswer {
  void* connection;
  SaslReply reply;
};

// Each in the order of arrival.
struct InboxContents {
  std::vector<AcceptedSocket> sockets;
  std::vector<LoginAnswer> answers;
  std::vector<void*> departed;  // connections of clients that watched and have left

  void clear() noexcept {
    sockets.clear();
    answers.clear();
    departed.clear();
  }
};

class Inbox {
 public:
  static constexpr size_t kSocketCountMax = 1024;

  // `on_arrival` is called in the worker's loop after push() or notify(); one callback may follow
  // several calls.
  void start(EventLoop& loop, LoopCallback on_arrival, void* context) noexcept {
    wakeup_.start(loop, on_arrival, context);
  }
  void stop() noexcept { wakeup_.stop(); }

  // False if full or closed; the caller then keeps the socket.
  bool push(AcceptedSocket&& socket);

  // Refuses further sockets; drain() still returns those already in the inbox.
  void close();

  void push_answer(LoginAnswer answer);

  // A connection of this worker whose watching client has disconnected.
  void push_departed(void* connection);

  // Replaces `contents` with what has arrived.  Reuse it: its memory is swapped with the inbox's.
  void drain(InboxContents& contents);

  // Wakes the worker for other reasons, such as a request to stop.
  void notify() noexcept { wakeup_.notify(); }

 private:
  std::mutex mutex_;
  bool is_closed_ = false;  // guarded by mutex_
  InboxContents contents_;  // guarded by mutex_
  Wakeup wakeup_;
};

}  // namespace larder::server
