#include "server/net/event_loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/assertions.h"

namespace larder::server {

namespace {

[[noreturn]] void refuse_to_start(const char* what) {
  std::fprintf(stderr, "larder: cannot create %s: %s\n", what, std::strerror(errno));
  std::_Exit(EX_OSERR);
}

event_base* make_base() {
  event_config* config = event_config_new();
  if (config == nullptr) refuse_to_start("an event loop");
  // No locks: one thread per loop.  No cached time: a loop without timers then never reads the
  // clock.  No change list: it would pass the removal of a closed connection to epoll one turn
  // late, when another thread may already have reused its descriptor.
  constexpr int kFlags =
      EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME | EVENT_BASE_FLAG_IGNORE_ENV;
  ASSERT(event_config_set_flag(config, kFlags) == 0);
  event_base* base = event_base_new_with_config(config);
  event_config_free(config);
  if (base == nullptr) refuse_to_start("an event loop");
  return base;
}

short events_of(Interest interest) {
  switch (interest) {
    case Interest::Nothing: return EV_PERSIST;
    case Interest::Readable: return EV_READ | EV_PERSIST;
    case Interest::Writable: return EV_WRITE | EV_PERSIST;
    case Interest::Either: return EV_READ | EV_WRITE | EV_PERSIST;
  }
  UNREACHABLE();
}

event* event_in(std::byte* room) { return std::launder(reinterpret_cast<event*>(room)); }

}  // namespace

// The functions that libevent calls.  They read the slot before the callback, which may destroy it.
struct EventTrampoline {
  static void run(evutil_socket_t, short, void* argument) noexcept {
    auto* slot = static_cast<EventSlot*>(argument);
    slot->callback_(slot->context_);
  }
};

const char* event_library_version() noexcept { return event_get_version(); }

EventLoop::EventLoop() : base_(make_base()) {
  static_assert(sizeof(event) <= EventSlot::kEventSizeMax);
  static_assert(alignof(event) <= alignof(EventSlot));
  ASSERT(event_get_struct_event_size() <= EventSlot::kEventSizeMax);
}

EventLoop::~EventLoop() {
  DEBUG_ASSERT(event_base_get_num_events(base_, EVENT_BASE_COUNT_ADDED) == 0);
  event_base_free(base_);
}

bool EventLoop::run_turn() noexcept { return turn(EVLOOP_ONCE); }

// EVLOOP_NONBLOCK alone would continue as long as anything is ready.
bool EventLoop::poll_turn() noexcept { return turn(EVLOOP_ONCE | EVLOOP_NONBLOCK); }

bool EventLoop::turn(int flags) noexcept {
  DEBUG_ASSERT(is_current_thread());
  if (thread_.load(std::memory_order_relaxed) == std::thread::id()) {
    thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  return event_base_loop(base_, flags) == 0;
}

bool EventLoop::is_current_thread() const noexcept {
  const std::thread::id owner = thread_.load(std::memory_order_relaxed);
  return owner == std::thread::id() || owner == std::this_thread::get_id();
}

void EventSlot::assign(EventLoop& loop, int fd, int what, LoopCallback callback,
                       void* context) noexcept {
  DEBUG_ASSERT(loop.is_current_thread());
  ASSERT(callback != nullptr && !is_started());
  callback_ = callback;
  context_ = context;
  ASSERT(event_assign(event_in(event_.data()), loop.base_, fd, static_cast<short>(what),
                      EventTrampoline::run, this) == 0);
}

void EventSlot::add() noexcept { ASSERT(event_add(event_in(event_.data()), nullptr) == 0); }

void EventSlot::add_milliseconds(uint32_t milliseconds) noexcept {
  timeval time;
  time.tv_sec = milliseconds / 1000;
  time.tv_usec = milliseconds % 1000 * 1000;
  ASSERT(event_add(event_in(event_.data()), &time) == 0);
}

void EventSlot::reassign(int what) noexcept {
  event* slot_event = event_in(event_.data());
  event_del(slot_event);
  event_base* base = event_get_base(slot_event);
  ASSERT(event_assign(slot_event, base, event_get_fd(slot_event), static_cast<short>(what),
                      EventTrampoline::run, this) == 0);
}

void EventSlot::stop() noexcept {
  if (!is_started()) return;
  event_del(event_in(event_.data()));
  callback_ = nullptr;
}

void EventLoop::Watch::start(EventLoop& loop, int fd, Interest interest, LoopCallback callback,
                             void* context) noexcept {
  assign(loop, fd, events_of(interest), callback, context);
  add();
}

void EventLoop::Watch::change(Interest interest) noexcept {
  DEBUG_ASSERT(is_started());
  reassign(events_of(interest));
  add();
}

void Timer::start_once(EventLoop& loop, uint32_t milliseconds, LoopCallback callback,
                       void* context) noexcept {
  stop();
  assign(loop, -1, 0, callback, context);
  add_milliseconds(milliseconds);
}

void Timer::start_periodic(EventLoop& loop, uint32_t milliseconds, LoopCallback callback,
                           void* context) noexcept {
  stop();
  assign(loop, -1, EV_PERSIST, callback, context);
  add_milliseconds(milliseconds);
}

void SignalWatch::start(EventLoop& loop, int signal_number, LoopCallback callback,
                        void* context) noexcept {
  assign(loop, signal_number, EV_SIGNAL | EV_PERSIST, callback, context);
  add();
}

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!fd_) refuse_to_start("an eventfd");
}

void Wakeup::start(EventLoop& loop, LoopCallback callback, void* context) noexcept {
  callback_ = callback;
  context_ = context;
  watch_.start(loop, fd_.get(), Interest::Readable, on_readable, this);
}

void Wakeup::notify() noexcept {
  if (is_pending_.exchange(true, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  // Cannot fail: the counter goes from 0 to 1 at most.
  ASSERT(::write(fd_.get(), &one, sizeof(one)) == sizeof(one));
}

void Wakeup::on_readable(void* context) noexcept {
  auto* wakeup = static_cast<Wakeup*>(context);
  uint64_t count;
  if (::read(wakeup->fd_.get(), &count, sizeof(count)) != sizeof(count)) return;
  // The order matters: a notify() that finds is_pending_ still set need not write, because the
  // callback begins after the exchange and sees what was written before that notify().
  wakeup->is_pending_.exchange(false, std::memory_order_acq_rel);
  wakeup->callback_(wakeup->context_);
}

}  // namespace larder::server
