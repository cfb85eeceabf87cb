// Accepts clients from one worker's listeners, within the connection limit and the system's
// resources.  The dispatcher chooses whether this worker or another one serves them.
//
// If there are no descriptors left, or at the connection limit with -o no_maxconns_fast, it stops
// watching its listeners, so that the loop sleeps and clients wait in the backlog.  It tries again
// when a connection of any worker has closed, and every kRetryMilliseconds.
//
// Threads: its worker's, except for functions marked "any thread".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/counter.h"
#include "server/net/accept_gate.h"
#include "server/net/dispatcher.h"
#include "server/net/event_loop.h"
#include "server/net/listener.h"

namespace larder::server {

// Written by the acceptor's thread, read by any.
struct AcceptCounters {
  base::OwnedCounter accepted_connections;
  base::OwnedCounter rejected_connections;  // sent an error and closed, because of the limit
};

class Acceptor {
 public:
  static constexpr uint32_t kAcceptsPerTurnMax = 64;
  static constexpr uint32_t kRetryMilliseconds = 50;

  // `home` is the number of this worker in the dispatcher; `take` is called with each socket that
  // this worker serves.  References must outlive the acceptor.
  Acceptor(EventLoop& loop, AcceptGate& gate, Dispatcher& dispatcher,
           std::vector<Listener> listeners, size_t home, std::function<void(AcceptedSocket)> take);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start() noexcept;

  // Permanently: new clients are refused, and those in the backlog are reset.  The listeners are
  // closed when this object is destroyed.
  void stop() noexcept;

  // The number of clients to accept from a listener per turn, from 1 to kAcceptsPerTurnMax; more
  // than 1 costs a system call that finds no more clients.  Initially 1.
  void set_batch(uint32_t accepts_per_turn) noexcept;

  // Any thread.
  const AcceptCounters& counters() const noexcept { return counters_; }
  std::span<const Listener> listeners() const noexcept { return listeners_; }  // do not change

 private:
  struct Door {  // a listener's watch and its owner
    Acceptor* acceptor;
    const Listener* listener;
    EventLoop::Watch watch;
  };
  enum class Accepted { One, Nobody, Exhausted };

  static void on_readable(void* door) noexcept;
  static void on_retry(void* acceptor) noexcept;

  void accept_some(const Listener& listener) noexcept;
  Accepted accept_one(const Listener& listener) noexcept;
  void watch_listeners() noexcept;
  void pause() noexcept;
  void resume() noexcept;

  EventLoop& loop_;
  AcceptGate& gate_;
  Dispatcher& dispatcher_;
  std::vector<Listener> listeners_;
  const size_t home_;
  const std::function<void(AcceptedSocket)> take_;
  AcceptCounters counters_;
  uint32_t accepts_per_turn_ = 1;
  bool is_paused_ = false;
  Wakeup room_;
  Timer retry_;
  std::unique_ptr<Door[]> doors_;  // one per listener; stopped before the listeners close
};

}  // namespace larder::server
