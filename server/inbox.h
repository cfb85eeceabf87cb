// Where control leaves accepted sockets for one worker.
//
// Threads: push() and has_room() from the control thread, drain() from the worker, notify() from
// any.  One mutex, a leaf; bounded by kSocketCountMax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/unique_fd.h"
#include "server/event_loop.h"
#include "server/options.h"

namespace larder::server {

enum class Transport : uint8_t { Tcp, Unix };

// A client's socket: not blocking, closed on exec, and on TCP without Nagle's delay.
struct AcceptedSocket {
  base::UniqueFd fd;
  Transport transport = Transport::Tcp;
  WireProtocol protocol = WireProtocol::Auto;  // what its listener speaks
  uint16_t listener_index = 0;                 // in the order of Acceptor::listeners()
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

  // Replaces the contents of `sockets` by what has arrived, in order.  Reuse the vector: its
  // memory goes back and forth.
  void drain(std::vector<AcceptedSocket>& sockets);

  // Wakes the worker for another reason, such as a request to stop.
  void notify() noexcept { wakeup_.notify(); }

 private:
  mutable std::mutex mutex_;
  std::vector<AcceptedSocket> sockets_;  // guarded by mutex_
  Wakeup wakeup_;
};

}  // namespace larder::server
