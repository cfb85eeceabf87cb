// Where other threads leave things for one worker: control the sockets it has accepted, the SASL
// service its answers, the logger the watchers that have gone.
//
// Threads: push() of sockets and has_room() from the control thread, push_answer() from the
// service's, push_departed() from the logger's, drain() from the worker, notify() from any.  One
// mutex, a leaf; sockets are bounded by kSocketCountMax, answers by the number of connections that
// wait for one, the departed by that of watchers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/unique_fd.h"
#include "server/event_loop.h"
#include "server/options.h"
#include "server/peer_address.h"
#include "server/sasl_session.h"

namespace larder::server {

enum class Transport : uint8_t { Tcp, Unix };

// A client's socket: not blocking, closed on exec, and on TCP without Nagle's delay.
struct AcceptedSocket {
  base::UniqueFd fd;
  Transport transport = Transport::Tcp;
  WireProtocol protocol = WireProtocol::Auto;  // what its listener speaks
  uint16_t listener_index = 0;                 // in the order of Acceptor::listeners()
  TlsMode tls = TlsMode::Off;
  PeerAddress peer = {};
};

// For a connection of this worker, which cannot go away before it has been told.
struct LoginAnswer {
  void* connection;
  SaslReply reply;
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

  // Whether the next push() succeeds.  Exact for the one thread that pushes.
  bool has_room() const;

  // False when full; the socket then stays with the caller.
  bool push(AcceptedSocket&& socket);

  void push_answer(LoginAnswer answer);

  // A connection of this worker whose client watched and has gone.
  void push_departed(void* connection);

  // Replaces the contents of each by what has arrived, in order.  Reuse the vectors: their memory
  // goes back and forth.
  void drain(std::vector<AcceptedSocket>& sockets, std::vector<LoginAnswer>& answers,
             std::vector<void*>& departed);

  // Wakes the worker for another reason, such as a request to stop.
  void notify() noexcept { wakeup_.notify(); }

 private:
  mutable std::mutex mutex_;
  std::vector<AcceptedSocket> sockets_;  // guarded by mutex_
  std::vector<LoginAnswer> answers_;     // guarded by mutex_
  std::vector<void*> departed_;          // guarded by mutex_
  Wakeup wakeup_;
};

}  // namespace larder::server
