// The control thread: ticks the clock, handles signals, calls maintenance.
//
// Threads: created and run on the main thread; methods marked "any thread" may be called from
// workers while run() runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "server/net/event_loop.h"
#include "server/support/clock_driver.h"

namespace larder::server {

// Why run() returned.  Normal and Graceful are memcached's names for SIGINT/SIGTERM and SIGUSR1,
// which differ there in what is kept for the next start.  Here both stop in the same way.
enum class StopKind : uint8_t { None, Normal, Graceful };

// "error" (None), "normal", "graceful".
std::string_view name_of(StopKind kind) noexcept;

class Control {
 public:
  static constexpr uint32_t kMaintenanceMilliseconds = 100;

  // `maintain` is called in this loop every kMaintenanceMilliseconds.  It must be short, because
  // the clock does not tick while it runs; it may be empty.  `hang_up` is called after a SIGHUP.
  // The clock driver outlives this object.
  Control(ClockDriver& clock_driver, std::function<void()> maintain, std::function<void()> hang_up);
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Call before run(): run() calls `prepare` once, after the signal handlers are installed.
  // Signals that arrive meanwhile are handled afterwards.
  void when_ready(std::function<void()> prepare) { prepare_ = std::move(prepare); }

  // Call before run(): a drain calls `leave` once, on the thread of run(), and stops the server
  // `milliseconds` later.  Without this call a drain stops the server at once.
  void drain_with(uint32_t milliseconds, std::function<void()> leave);

  // Runs until a stop is requested, by a call or by a signal.
  // SIGINT and SIGTERM: Normal, after a drain that a second signal ends; SIGUSR1: Graceful.
  StopKind run();

  // Any thread, at any time; the first requested kind takes effect.
  void request_stop(StopKind kind = StopKind::Normal) noexcept;

  // Any thread, at any time: drains, then stops with Normal.
  void request_drain() noexcept;

  // Any thread: whether a stop was requested.
  bool is_stopping() const noexcept { return stop_kind_.load() != StopKind::None; }
  // Any thread: whether a stop or a drain was requested.
  bool is_leaving() const noexcept { return is_draining_.load() || is_stopping(); }
  // Any thread: when this object was created or last ticked the clock, in monotonic_microseconds().
  // While run() runs, this is at most a second ago unless the thread hangs or the process was
  // suspended.
  int64_t ticked_at_us() const noexcept { return ticked_at_us_.load(std::memory_order_relaxed); }

  // For other code that runs on the control thread.
  EventLoop& loop() noexcept { return loop_; }

 private:
  static void on_second(void* control) noexcept;
  static void on_maintenance(void* control) noexcept;
  static void on_normal_signal(void* control) noexcept;
  static void on_graceful_signal(void* control) noexcept;
  static void on_hang_up(void* control) noexcept;
  static void on_request(void* control) noexcept;
  static void on_drained(void* control) noexcept;

  void start();
  void stop();

  EventLoop loop_;
  ClockDriver& clock_driver_;
  std::function<void()> maintain_;
  std::function<void()> react_to_hang_up_;
  std::function<void()> prepare_;
  uint32_t drain_milliseconds_ = 0;
  std::function<void()> leave_;
  bool has_left_ = false;
  std::atomic<bool> is_draining_{false};
  std::atomic<StopKind> stop_kind_{StopKind::None};
  std::atomic<int64_t> ticked_at_us_{monotonic_microseconds()};
  Wakeup stop_wakeup_;
  Timer second_;
  Timer maintenance_;
  Timer drain_;
  SignalWatch interrupt_, terminate_, hang_up_, user_;
};

}  // namespace larder::server
