// The loop of one thread: libevent's raw events behind our types.
//
// event_loop.cc is the only file that includes <event2/...>.  Watches, timers and signal watches
// are embedded in their owners and cost no allocation.
//
// Threads: a loop belongs to the thread that first runs a turn; until then it may be built and
// its watches started on another one.  Only Wakeup::notify() may be called from any thread.
// Lifetimes: a loop outlives everything started on it.
// Errors: loops and wakeups are made at start only; when the system refuses the descriptors they
// need, the process ends with a message and status 71.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "base/unique_fd.h"

struct event_base;

namespace larder::server {

// As `stats` shows it: "2.1.12-stable".
const char* event_library_version() noexcept;

// Whom to call.  Callbacks come through C frames and so must not throw.
using LoopCallback = void (*)(void* context) noexcept;

// What to wait for on a descriptor.  With Either the callback must try both.
enum class Interest : uint8_t { Nothing, Readable, Writable, Either };

class EventLoop {
 public:
  class Watch;

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  // Precondition: nothing is started on it.
  ~EventLoop();

  // Blocks until at least one event, then calls the callbacks of those that are ready, once each:
  // all that the system reports at once, which is 32 at first and grows to 4096 with the need.
  // False when there is nothing to wait for or the system refuses: another turn would not block.
  bool run_turn() noexcept;

  // The same without blocking; a turn in which nothing was ready is true too.
  bool poll_turn() noexcept;

  // Whether the caller may use this loop: it has run a turn here, or none yet anywhere.
  bool is_current_thread() const noexcept;

 private:
  friend class EventSlot;

  bool turn(int flags) noexcept;

  event_base* base_;
  std::atomic<std::thread::id> thread_{};
};

// What watches, timers and signal watches have in common: room for libevent's struct event, and
// whom to call.  Stopping or destroying one is allowed inside any callback of its loop, its own
// included; a callback that was due in this turn is then not called.
class EventSlot {
 public:
  EventSlot(const EventSlot&) = delete;
  EventSlot& operator=(const EventSlot&) = delete;

  // Harmless when not started.  The loop's thread, or any once that has ended.
  void stop() noexcept;

  // A one-shot timer that has fired counts as started until stop().
  bool is_started() const noexcept { return callback_ != nullptr; }

 protected:
  EventSlot() = default;
  ~EventSlot() { stop(); }

  // Precondition: not started.
  void assign(EventLoop& loop, int fd, int what, LoopCallback callback, void* context) noexcept;
  void add() noexcept;
  void add_milliseconds(uint32_t milliseconds) noexcept;
  void reassign(int what) noexcept;

 private:
  friend struct EventTrampoline;

  // Compared with libevent's own idea of the size when a loop is made.
  static constexpr size_t kEventSizeMax = 128;
  friend class EventLoop;

  alignas(8) std::array<std::byte, kEventSizeMax> event_{};
  LoopCallback callback_ = nullptr;
  void* context_ = nullptr;
};

// Calls back in every turn in which the descriptor is ready, until stopped (level-triggered).
// Stop it before its descriptor is closed.
class EventLoop::Watch : public EventSlot {
 public:
  Watch() = default;

  // `fd` is borrowed.  Precondition: not started.
  void start(EventLoop& loop, int fd, Interest interest, LoopCallback callback,
             void* context) noexcept;

  // Precondition: started.
  void change(Interest interest) noexcept;
};
static_assert(sizeof(EventLoop::Watch) <= 144, "one lies in every connection");

// Calls back when time has passed, by the system's coarse monotonic clock: up to a scheduler tick
// (4 ms) early or late.
class Timer : public EventSlot {
 public:
  Timer() = default;

  // Starting again replaces what was started before.
  void start_once(EventLoop& loop, uint32_t milliseconds, LoopCallback callback,
                  void* context) noexcept;
  void start_periodic(EventLoop& loop, uint32_t milliseconds, LoopCallback callback,
                      void* context) noexcept;
};

// Calls back in the loop, as an ordinary event, after a signal has reached the process.
// At any time at most one loop of a process may have signal watches (libevent's handler is one).
class SignalWatch : public EventSlot {
 public:
  SignalWatch() = default;

  // Precondition: not started.  Until stop(), the signal's default action does not happen.
  void start(EventLoop& loop, int signal_number, LoopCallback callback, void* context) noexcept;
};

// Lets other threads wake a loop.
class Wakeup {
 public:
  Wakeup();

  // Precondition: not started.
  void start(EventLoop& loop, LoopCallback callback, void* context) noexcept;
  void stop() noexcept { watch_.stop(); }

  // Any thread.  Notices given before the callback has begun are one notice, and the callback sees
  // what was written before each of them; before start() they wait.
  void notify() noexcept;

 private:
  static void on_readable(void* wakeup) noexcept;

  base::UniqueFd fd_;
  std::atomic<bool> is_pending_{false};
  LoopCallback callback_ = nullptr;
  void* context_ = nullptr;
  EventLoop::Watch watch_;  // after fd_: stopped before that is closed
};

}  // namespace larder::server
