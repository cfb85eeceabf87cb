// Accepts clients from all listeners and hands them to the dispatcher, within the connection
// limit and what the system has to give.
//
// Out of descriptors, or at the limit and told to wait (-o no_maxconns_fast), it stops watching
// its listeners, so that the loop sleeps; clients wait in the backlog.  It looks again when a
// worker reports a closed connection and every kRetryMilliseconds.
//
// Threads: the control thread's, but for what says "any thread".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/counter.h"
#include "server/dispatcher.h"
#include "server/event_loop.h"
#include "server/listener.h"

namespace larder::server {

// Written by the control thread, read by any.
struct AcceptCounters {
  base::OwnedCounter accepted_connections;
  base::OwnedCounter rejected_connections;        // answered and closed, being over the limit
  base::OwnedCounter listen_disabled_num;         // times accepting was paused
  base::OwnedCounter time_in_listen_disabled_us;  // of pauses that have ended
};

struct AcceptLimits {
  uint32_t connection_count_max = 1024;
  bool refuses_excess_connections = true;  // false: wait until one closes
};

class Acceptor {
 public:
  // One listener is served for this many clients before the next gets its turn.
  static constexpr int kAcceptsPerTurnMax = 64;
  static constexpr uint32_t kRetryMilliseconds = 50;

  // `loop` and `dispatcher` outlive it.
  Acceptor(EventLoop& loop, Dispatcher& dispatcher, std::vector<Listener> listeners,
           const AcceptLimits& limits);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void start() noexcept;

  // For good: new clients are refused and those still in a backlog are reset.  The listeners
  // themselves are closed with this object.
  void stop() noexcept;

  // Any thread; workers call it after they have closed a connection and subtracted it from their
  // count.  One load when accepting is not paused.
  void connection_closed() noexcept {
    if (is_paused_.load()) closed_.notify();
  }

  // Any thread.
  bool is_accepting() const noexcept { return !is_paused_.load(std::memory_order_relaxed); }
  const AcceptCounters& counters() const noexcept { return counters_; }

  // Any thread: listeners do not change.
  std::span<const Listener> listeners() const noexcept { return listeners_; }

 private:
  struct Door {  // one listener's watch and whom it belongs to
    Acceptor* acceptor;
    uint16_t listener_index;
    EventLoop::Watch watch;
  };
  enum class Accepted { One, Nobody, Exhausted };

  static void on_readable(void* door) noexcept;
  static void on_retry(void* acceptor) noexcept;

  void accept_some(uint16_t listener_index) noexcept;
  Accepted accept_one(uint16_t listener_index) noexcept;
  bool is_full() const noexcept;
  void watch_listeners() noexcept;
  void pause() noexcept;
  void resume() noexcept;

  EventLoop& loop_;
  Dispatcher& dispatcher_;
  std::vector<Listener> listeners_;
  const AcceptLimits limits_;
  AcceptCounters counters_;
  std::atomic<bool> is_paused_{false};
  int64_t paused_since_us_ = 0;
  Wakeup closed_;
  Timer retry_;
  std::unique_ptr<Door[]> doors_;  // one per listener; stopped before the listeners close
};

}  // namespace larder::server
