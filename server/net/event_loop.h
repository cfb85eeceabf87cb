// The event loop of one thread: a wrapper around libevent's raw events.
//
// event_loop.cc is the only file that includes <event2/...>.  Watches, timers and signal watches
// are members of their owners and need no allocation.
//
// Threads: a loop belongs to the thread that first runs a turn; until then it may be built and
// its watches started on another one.  Only Wakeup::notify() may be called from any thread.
// Lifetimes: a loop outlives everything started on it.
// Errors: loops and wakeups are created at start only; if the system refuses their descriptors,
// the process exits with a message and status 71.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "base/unique_fd.h"

struct event_base;

namespace larder::server {

// The version for `stats`, such as "2.1.12-stable".
const char* event_library_version() noexcept;

// The type of callbacks.  They are called through C frames and so must not throw.
using LoopCallback = void (*)(void* context) noexcept;

// The event to wait for on a descriptor.  With Either, the callback must try both.
enum class Interest : uint8_t { Nothing, Readable, Writable, Either };

class EventLoop {
 public:
  class Watch;

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  // Precondition: nothing is started on it.
  ~EventLoop();

  // Blocks until at least one event, then calls each ready callback once.  Handles all events that
  // the system reports at once: up to 32 at first, growing to 4096 as needed.  Returns false if
  // there is nothing to wait for or the system call fails: the next call would not block.
  bool run_turn() noexcept;

  // The same without blocking; also returns true if nothing was ready.
  bool poll_turn() noexcept;

  // Whether the calling thread may use this loop: it has run a turn here, or no thread has yet.
  bool is_current_thread() const noexcept;

 private:
  friend class EventSlot;

  bool turn(int flags) noexcept;

  event_base* base_;
  std::atomic<std::thread::id> thread_{};
};

// The common base of watches, timers and signal watches: storage for libevent's struct event, and
// the callback.  An EventSlot may be stopped or destroyed inside any callback of its loop,
// including its own; a callback that was due in this turn is then not called.
class EventSlot {
 public:
  EventSlot(const EventSlot&) = delete;
  EventSlot& operator=(const EventSlot&) = delete;

  // Has no effect if it is not started.  Called on the loop's thread, or on any after that has
  // ended.
  void stop() noexcept;

  // A one-shot timer that has fired still counts as started until stop().
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

  // Compared with the size that libevent reports when a loop is created.
  static constexpr size_t kEventSizeMax = 128;
  friend class EventLoop;

  alignas(8) std::array<std::byte, kEventSizeMax> event_{};
  LoopCallback callback_ = nullptr;
  void* context_ = nullptr;
};

// Calls back in every turn in which the descriptor is ready, until stopped (level-triggered).  Stop
// it before its descriptor is closed.
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

// Calls back after a time, measured by the system's coarse monotonic clock: up to a scheduler tick
// (4 ms) early or late.
class Timer : public EventSlot {
 public:
  Timer() = default;

  // Starting a started timer replaces its time and callback.
  void start_once(EventLoop& loop, uint32_t milliseconds, LoopCallback callback,
                  void* context) noexcept;
  void start_periodic(EventLoop& loop, uint32_t milliseconds, LoopCallback callback,
                      void* context) noexcept;
};

// Calls back in the loop, as an ordinary event, after the process has received a signal.  At any
// time at most one loop of a process may have signal watches, because libevent has one signal
// handler.
class SignalWatch : public EventSlot {
 public:
  SignalWatch() = default;

  // Precondition: not started.  Until stop(), the signal's default action is disabled.
  void start(EventLoop& loop, int signal_number, LoopCallback callback, void* context) noexcept;
};

// Lets other threads wake up a loop.
class Wakeup {
 public:
  Wakeup();

  // Precondition: not started.
  void start(EventLoop& loop, LoopCallback callback, void* context) noexcept;
  void stop() noexcept { watch_.stop(); }

  // Any thread.  Several calls before the callback begins result in one callback, which sees
  // everything written before each of them.  Calls before start() take effect after it.
  void notify() noexcept;

 private:
  static void on_readable(void* wakeup) noexcept;

  base::UniqueFd fd_;
  std::atomic<bool> is_pending_{false};
  LoopCallback callback_ = nullptr;
  void* context_ = nullptr;
  EventLoop::Watch watch_;  // declared after fd_, so it is stopped before fd_ is closed
};

}  // namespace larder::server
