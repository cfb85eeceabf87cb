// Accepts clients from one worker's listeners, within the connection limit and what the system has
// to give.  Who has them is the dispatcher's choice: this worker, or another one's inbox.
//
// Out of descriptors, or at the limit and told to wait (-o no_maxconns_fast), it stops watching
// its listeners, so that the loop sleeps; clients wait in the backlog.  It looks again when a
// connection of any worker has closed and every kRetryMilliseconds.
//
// Threads: its worker's, but for what says "any thread".
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
  base::OwnedCounter rejected_connections;  // answered and closed, being over the limit
};

class Acceptor {
 public:
  static constexpr uint32_t kAcceptsPerTurnMax = 64;
  static constexpr uint32_t kRetryMilliseconds = 50;

  // `home`: the number of the worker whose thread this is, by the dispatcher's count; `take` is
  // called with each socket that is for it.  References outlive the acceptor.
  Acceptor(EventLoop& loop, AcceptGate& gate, Dispatcher& dispatcher,
           std::vector<Listener> listeners, size_t home, std::function<void(AcceptedSocket)> take);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start() noexcept;

  // For good: new clients are refused and those still in a backlog are reset.  The listeners
  // themselves are closed with this object.
  void stop() noexcept;

  // How many clients of a listener to accept in one turn, at most kAcceptsPerTurnMax; more than 1
  // costs a system call that says there are no more.  At least 1; 1 at first.
  void set_batch(uint32_t accepts_per_turn) noexcept;

  // Any thread.
  const AcceptCounters& counters() const noexcept { return counters_; }
  std::span<const Listener> listeners() const noexcept { return listeners_; }  // do not change

 private:
  struct Door {  // one listener's watch and whom it belongs to
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
