// The control thread: ticks the clock, handles signals, calls maintenance.
//
// Threads: made and run on one thread, the process's main one; what says "any thread" may be
// called from workers while run() runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "server/net/event_loop.h"
#include "server/support/clock_driver.h"

namespace larder::server {

// Why run() returned.  Both stop in the same order; upstream's names for SIGINT/SIGTERM and for
// SIGUSR1, which differ in what is kept for the next start.
enum class StopKind : uint8_t { None, Normal, Graceful };

// "error" (None), "normal", "graceful".
std::string_view name_of(StopKind kind) noexcept;

class Control {
 public:
  static constexpr uint32_t kMaintenanceMilliseconds = 100;

  // `maintain` is called every kMaintenanceMilliseconds in this loop, and should be brief: the
  // clock does not tick meanwhile.  It may be empty.  The clock driver outlives this object.
  // `hang_up` is called after a SIGHUP.
  Control(ClockDriver& clock_driver, std::function<void()> maintain, std::function<void()> hang_up);
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // `prepare` is called once in run(), when signals are heard already; they wait until it is done.
  // Before run().
  void when_ready(std::function<void()> prepare) { prepare_ = std::move(prepare); }

  // What a stop that clients are to notice beforehand begins with, on the thread of run(): `leave`
  // is called once, and so much later the server stops.  Before run(); without it drains are stops.
  void drain_with(uint32_t milliseconds, std::function<void()> leave);

  // Until somebody asks to stop, or a signal does.
  // SIGINT and SIGTERM: Normal, after a drain unless they come once more; SIGUSR1: Graceful.
  StopKind run();

  // Any thread, at any time; the first kind asked for counts.
  void request_stop(StopKind kind = StopKind::Normal) noexcept;

  // Any thread, at any time; a stop, Normal, after the drain.
  void request_drain() noexcept;

  // Any thread: whether somebody has asked to stop.
  bool is_stopping() const noexcept { return stop_kind_.load() != StopKind::None; }
  // Any thread: the same, or to drain.
  bool is_leaving() const noexcept { return is_draining_.load() || is_stopping(); }
  // Any thread: when this was made or last ticked the clock, in monotonic_microseconds().  While
  // run() runs that is a second ago at most, unless the thread hangs or the process was stopped.
  int64_t ticked_at_us() const noexcept { return ticked_at_us_.load(std::memory_order_relaxed); }

  // For what else runs on the control thread.
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
