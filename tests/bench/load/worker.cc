#include "tests/bench/load/worker.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace larder::bench {
namespace {

constexpr size_t kReceiveSize = 256 * 1024;
constexpr int kEventsMax = 256;
constexpr uint64_t kWaitNanoseconds = 100'000'000;
constexpr uint64_t kFailuresMax = 1000;  // after these the run proves nothing and ends

uint64_t steady_nanoseconds() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

Worker::Worker(const KeySpace& keys, const Checker& checker, std::vector<base::UniqueFd> sockets,
               Dialer dialer)
    : keys_(keys),
      checker_(checker),
      dialer_(std::move(dialer)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(sockets.size()),
      buffer_(std::max(kReceiveSize, 2 * checker.part_size_max())) {
  for (size_t i = 0; i < sockets.size(); ++i) {
    connections_[i].socket = std::move(sockets[i]);
    watch_first(connections_[i]);
  }
}

void Worker::watch_first(Connection& connection) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event);
  connection.waits_to_send = false;
}

Report Worker::run(const Phase& phase, KeyChooser chooser) {
  begin_phase(phase, chooser);
  const auto silence_max = static_cast<uint64_t>(phase.silence_seconds * 1e9);
  uint64_t last_answer = now_;
  while ((busy_count_ > 0 || is_work_left()) && now_ - last_answer < silence_max) {
    epoll_event events[kEventsMax];
    const int ready = wait(events);
    now_ = steady_nanoseconds();
    if (ready < 0 && errno != EINTR) break;
    if (ready > 0 || busy_count_ == 0) last_answer = now_;
    for (int i = 0; i < ready; ++i) {
      Connection& connection = *static_cast<Connection*>(events[i].data.ptr);
      if ((events[i].events & EPOLLOUT) != 0) send(connection);
      if ((events[i].events & ~uint32_t{EPOLLOUT}) != 0) receive(connection);
    }
    if (pacer_.is_on()) begin_due_batches();
  }
  for (Connection& connection : connections_) {
    if (connection.is_busy()) lose(connection, "no further reply", connection.tail);
  }
  if (pacer_.is_on()) count_unsent();
  report_.end_nanoseconds = now_;
  return std::move(report_);
}

void Worker::begin_phase(const Phase& phase, KeyChooser chooser) {
  phase_ = phase;
  chooser_ = chooser;
  report_ = Report{};
  batches_begun_ = operations_begun_ = next_slot_ = 0;
  now_ = report_.begin_nanoseconds = steady_nanoseconds();
  stop_nanoseconds_ = phase.seconds > 0 ? now_ + static_cast<uint64_t>(phase.seconds * 1e9) : 0;
  pacer_ = Pacer{};
  if (phase.rate > 0) {
    pacer_ = Pacer(now_, phase.rate / static_cast<double>(operations_per_batch()));
    // By default the kernel lets a thread sleep 50 us longer than it asked to.
    ::prctl(PR_SET_TIMERSLACK, 1);
    for (size_t i = 0; i < connections_.size(); ++i) connections_[i].next_slot = i;
    return;
  }
  for (Connection& connection : connections_) begin_batch(connection);
}

// Waits for sockets, but not beyond the moment at which the next batch is due.
int Worker::wait(epoll_event* events) const {
  uint64_t nanoseconds = kWaitNanoseconds;
  if (pacer_.is_on()) {
    const uint64_t due = pacer_.due(next_slot_);
    nanoseconds = due <= now_ ? 0 : std::min(nanoseconds, due - now_);
  }
  const timespec time{0, static_cast<long>(nanoseconds)};
  return ::epoll_pwait2(epoll_.get(), events, kEventsMax, &time, nullptr);
}

void Worker::begin_due_batches() {
  now_ = steady_nanoseconds();
  for (; pacer_.due(next_slot_) <= now_ && is_work_left(); ++next_slot_) {
    Connection& connection = connections_[next_slot_ % connections_.size()];
    if (connection.is_busy() || !connection.socket) continue;  // it goes on when it is free
    report_.lateness.add(now_ - pacer_.due(next_slot_), 1);
    begin_batch(connection);
  }
}

uint64_t Worker::operations_per_batch() const noexcept {
  return uint64_t{phase_.depth} * phase_.keys_per_request;
}

// Paced: slots are still to come, and somebody to take them.
bool Worker::is_work_left() const noexcept {
  if (!pacer_.is_on() || report_.failures > kFailuresMax) return false;
  if (phase_.operations_max > 0 && operations_begun_ >= phase_.operations_max) return false;
  if (stop_nanoseconds_ != 0 && pacer_.due(next_slot_) >= stop_nanoseconds_) return false;
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const Connection& connection) { return bool{connection.socket}; });
}

void Worker::count_unsent() {
  if (stop_nanoseconds_ == 0) return;
  const uint64_t batches_due = pacer_.slots_before(stop_nanoseconds_);
  if (batches_due <= batches_begun_) return;
  const uint64_t unsent = (batches_due - batches_begun_) * operations_per_batch();
  report_.fail("the server did not keep up with the rate; never sent: " + std::to_string(unsent),
               {});
  report_.failures += unsent - 1;
}

bool Worker::may_begin(const Connection& connection) const noexcept {
  if (!connection.socket || report_.failures > kFailuresMax) return false;
  if (phase_.operations_max > 0 && operations_begun_ >= phase_.operations_max) return false;
  if (!pacer_.is_on()) return stop_nanoseconds_ == 0 || now_ < stop_nanoseconds_;
  const uint64_t due = pacer_.due(connection.next_slot);
  if (due > now_ || stop_nanoseconds_ == 0) return due <= now_;
  // What fell due in time is sent even when the time is over, but not for ever.
  const uint64_t begin = report_.begin_nanoseconds;
  return due < stop_nanoseconds_ && now_ - begin < 2 * (stop_nanoseconds_ - begin);
}

// Precondition: the connection is not busy.
void Worker::begin_batch(Connection& connection) {
  if (!may_begin(connection)) return;
  connection.begin_nanoseconds = now_;
  if (pacer_.is_on()) {
    connection.begin_nanoseconds = pacer_.due(connection.next_slot);
    connection.next_slot += connections_.size();
  }
  const uint64_t most = phase_.reconnect_every;
  if (most > 0 && connection.operations_begun >= most) reconnect(connection);
  if (!connection.socket) return;

  uint64_t requests = phase_.depth;
  if (phase_.operations_max > 0) {
    const uint64_t left = phase_.operations_max - operations_begun_;
    requests = std::min(requests, 1 + (left - 1) / phase_.keys_per_request);
  }
  connection.batch.clear();
  for (uint64_t i = 0; i < requests; ++i) {
    append_request(phase_.workload, phase_.keys_per_request, keys_, chooser_, connection.batch);
  }
  ++batches_begun_;
  operations_begun_ += requests * phase_.keys_per_request;
  connection.operations_begun += requests * phase_.keys_per_request;
  connection.next_part = 0;
  connection.sent_size = 0;
  ++busy_count_;
  send(connection);
}

void Worker::reconnect(Connection& connection) {
  connection.socket.reset();
  auto socket = dialer_.dial();
  if (!socket) return lose(connection, socket.error().text, {});
  connection.socket = std::move(*socket);
  connection.operations_begun = 0;
  watch_first(connection);
  ++report_.reconnects;
}

void Worker::send(Connection& connection) {
  const std::string& request = connection.batch.request;
  while (connection.socket && connection.sent_size < request.size()) {
    const ssize_t sent = ::send(connection.socket.get(), request.data() + connection.sent_size,
                                request.size() - connection.sent_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      connection.sent_size += static_cast<size_t>(sent);
      report_.bytes_sent += static_cast<uint64_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return watch(connection, true);
    } else if (errno != EINTR) {
      return lose(connection, std::strerror(errno), {});
    }
  }
  if (connection.waits_to_send) watch(connection, false);
}

void Worker::watch(Connection& connection, bool for_sending) {
  if (!connection.socket || connection.waits_to_send == for_sending) return;
  epoll_event event{};
  event.events = EPOLLIN | (for_sending ? uint32_t{EPOLLOUT} : 0);
  event.data.ptr = &connection;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event);
  connection.waits_to_send = for_sending;
}

void Worker::receive(Connection& connection) {
  if (!connection.socket) return;
  const size_t kept = connection.tail.size();
  std::memcpy(buffer_.data(), connection.tail.data(), kept);
  const ssize_t size =
      ::recv(connection.socket.get(), buffer_.data() + kept, buffer_.size() - kept, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (size < 0) return lose(connection, std::strerror(errno), {});
  if (size == 0) {
    return lose(connection, "the server closed the connection", connection.tail);
  }
  // The clock is read once per read: all replies in it arrived together as far as we can tell.
  now_ = steady_nanoseconds();
  report_.bytes_received += static_cast<uint64_t>(size);

  const std::string_view received(buffer_.data(), kept + static_cast<size_t>(size));
  const size_t consumed = take_replies(connection, received);
  if (!connection.socket) return;
  connection.tail.assign(received.substr(consumed));
  if (connection.is_busy()) return;

  if (!connection.tail.empty()) {
    return lose(connection, "bytes that nobody asked for", received.substr(consumed));
  }
  begin_batch(connection);
}

// Checks what has come; returns how much of it is done with.
size_t Worker::take_replies(Connection& connection, std::string_view received) {
  const Batch& batch = connection.batch;
  size_t consumed = 0;
  uint64_t answered = 0;
  uint64_t missed = 0;
  while (connection.is_busy()) {
    const Expectation& wanted = batch.parts[connection.next_part];
    const std::string_view key(batch.request.data() + wanted.key_begin, keys_.key_size());
    const std::string_view rest = received.substr(consumed);
    const Checked checked = checker_.check(wanted, key, rest);
    if (checked.verdict == Verdict::NeedMore) break;
    if (checked.verdict == Verdict::Lost) {
      lose(connection, "a wrong reply for " + excerpt(key), rest);
      break;
    }
    if (checked.verdict == Verdict::Match) {
      answered += operations_of(wanted.part);
    } else if (checked.verdict == Verdict::Miss) {
      ++missed;
      if (!phase_.misses_allowed) report_.fail("a miss of " + excerpt(key), rest);
    } else {
      report_.fail("an error for " + excerpt(key), rest);
    }
    consumed += checked.consumed;
    ++connection.next_part;
  }
  report_.misses += missed;
  if (phase_.misses_allowed) answered += missed;
  report_.operations += answered;
  if (answered > 0) report_.latency.add(now_ - connection.begin_nanoseconds, answered);
  if (connection.socket && !connection.is_busy()) --busy_count_;
  return consumed;
}

// Closes a connection; every reply that it still owes is a failure, and so is owing none.
void Worker::lose(Connection& connection, std::string_view why, std::string_view received) {
  const std::vector<Expectation>& parts = connection.batch.parts;
  uint64_t owed = 0;
  for (size_t i = connection.next_part; i < parts.size(); ++i) owed += operations_of(parts[i].part);
  if (connection.is_busy()) --busy_count_;
  report_.fail(why, received);
  report_.failures += std::max<uint64_t>(owed, 1) - 1;
  connection.next_part = parts.size();
  connection.tail.clear();
  connection.socket.reset();
  connection.waits_to_send = false;
}

}  // namespace larder::bench
