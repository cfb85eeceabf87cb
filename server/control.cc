#include "server/control.h"

#include <signal.h>

#include <utility>

namespace larder::server {

std::string_view name_of(StopKind kind) noexcept {
  return kind == StopKind::None ? "error" : kind == StopKind::Normal ? "normal" : "graceful";
}

Control::Control(ClockDriver& clock_driver, std::function<void()> maintain,
                 std::function<void()> hang_up)
    : clock_driver_(clock_driver),
      maintain_(std::move(maintain)),
      react_to_hang_up_(std::move(hang_up)) {}

void Control::drain_with(uint32_t milliseconds, std::function<void()> leave) {
  drain_milliseconds_ = milliseconds;
  leave_ = std::move(leave);
}

StopKind Control::run() {
  start();
  while (stop_kind_.load() == StopKind::None && loop_.run_turn()) {
  }
  stop();
  return stop_kind_.load();
}

void Control::start() {
  stop_wakeup_.start(loop_, on_request, this);
  interrupt_.start(loop_, SIGINT, on_normal_signal, this);
  terminate_.start(loop_, SIGTERM, on_normal_signal, this);
  user_.start(loop_, SIGUSR1, on_graceful_signal, this);
  hang_up_.start(loop_, SIGHUP, on_hang_up, this);
  on_second(this);
  if (maintain_) maintenance_.start_periodic(loop_, kMaintenanceMilliseconds, on_maintenance, this);
  if (prepare_) prepare_();
}

void Control::stop() {
  drain_.stop();
  maintenance_.stop();
  second_.stop();
  hang_up_.stop();
  user_.stop();
  terminate_.stop();
  interrupt_.stop();
  stop_wakeup_.stop();
}

void Control::request_stop(StopKind kind) noexcept {
  StopKind none = StopKind::None;
  stop_kind_.compare_exchange_strong(none, kind);
  stop_wakeup_.notify();
}

void Control::request_drain() noexcept {
  is_draining_.store(true);
  stop_wakeup_.notify();
}

void Control::on_request(void* context) noexcept {
  auto* control = static_cast<Control*>(context);
  if (!control->is_draining_.load() || std::exchange(control->has_left_, true)) return;
  if (control->leave_) control->leave_();
  if (control->drain_milliseconds_ == 0) return control->request_stop();
  control->drain_.start_once(control->loop_, control->drain_milliseconds_, on_drained, control);
}

void Control::on_drained(void* context) noexcept {
  static_cast<Control*>(context)->request_stop(StopKind::Normal);
}

void Control::on_second(void* context) noexcept {
  auto* control = static_cast<Control*>(context);
  const int64_t now_us = monotonic_microseconds();
  const int64_t left_us = control->clock_driver_.step(now_us);
  control->ticked_at_us_.store(now_us, std::memory_order_relaxed);
  // Rounded up, so that the timer does not fire just before the second begins.
  const auto left_ms = static_cast<uint32_t>((left_us + 999) / 1000);
  control->second_.start_once(control->loop_, left_ms, on_second, control);
}

void Control::on_maintenance(void* context) noexcept {
  auto* control = static_cast<Control*>(context);
  control->clock_driver_.catch_up(monotonic_nanoseconds());  // after a stop this may come first
  control->maintain_();
}

void Control::on_hang_up(void* context) noexcept {
  const auto* control = static_cast<Control*>(context);
  if (control->react_to_hang_up_) control->react_to_hang_up_();
}

void Control::on_normal_signal(void* context) noexcept {
  auto* control = static_cast<Control*>(context);
  if (control->is_draining_.load()) return control->request_stop(StopKind::Normal);
  control->request_drain();
}

void Control::on_graceful_signal(void* context) noexcept {
  static_cast<Control*>(context)->request_stop(StopKind::Graceful);
}

}  // namespace larder::server
