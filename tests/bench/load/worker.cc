#include "tests/bench/load/worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace larder::bench {
namespace {

constexpr size_t kReceiveSize = 256 * 1024;
constexpr int kEventsMax = 256;
constexpr int kWaitMilliseconds = 100;
constexpr uint64_t kFailuresMax = 1000;  // after these the run proves nothing and ends
constexpr size_t kExcerptSize = 60;

uint64_t steady_nanoseconds() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// The first bytes, readable on one line.
std::string excerpt(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, kExcerptSize)) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\r') {
      text += "\\r";
    } else if (byte == '\n') {
      text += "\\n";
    } else if (code < 0x20 || code >= 0x7F) {
      text.append("\\x").append(1, kHex[code >> 4]).append(1, kHex[code & 15]);
    } else {
      text += byte;
    }
  }
  if (bytes.size() > kExcerptSize) text += "...";
  return text;
}

}  // namespace

void Report::merge(const Report& other) {
  operations += other.operations;
  misses += other.misses;
  failures += other.failures;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  begin_nanoseconds = begin_nanoseconds == 0 ? other.begin_nanoseconds
                                             : std::min(begin_nanoseconds, other.begin_nanoseconds);
  end_nanoseconds = std::max(end_nanoseconds, other.end_nanoseconds);
  latency.merge(other.latency);
  if (first_failure.empty()) first_failure = other.first_failure;
}

Worker::Worker(const KeySpace& keys, const Checker& checker, std::vector<base::UniqueFd> sockets)
    : keys_(keys),
      checker_(checker),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(sockets.size()),
      buffer_(std::max(kReceiveSize, 2 * checker.part_size_max())) {
  for (size_t i = 0; i < sockets.size(); ++i) {
    connections_[i].socket = std::move(sockets[i]);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connections_[i];
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_[i].socket.get(), &event);
  }
}

Report Worker::run(const Phase& phase, KeyChooser chooser) {
  phase_ = phase;
  chooser_ = chooser;
  report_ = Report{};
  operations_begun_ = 0;
  now_ = report_.begin_nanoseconds = steady_nanoseconds();
  stop_nanoseconds_ = phase.seconds > 0 ? now_ + static_cast<uint64_t>(phase.seconds * 1e9) : 0;

  for (Connection& connection : connections_) begin_batch(connection);
  const auto silence_max = static_cast<uint64_t>(phase.silence_seconds * 1e9);
  uint64_t last_answer = now_;
  while (busy_count_ > 0 && now_ - last_answer < silence_max) {
    epoll_event events[kEventsMax];
    const int ready = ::epoll_wait(epoll_.get(), events, kEventsMax, kWaitMilliseconds);
    now_ = steady_nanoseconds();
    if (ready < 0 && errno != EINTR) break;
    if (ready > 0) last_answer = now_;
    for (int i = 0; i < ready; ++i) {
      Connection& connection = *static_cast<Connection*>(events[i].data.ptr);
      if ((events[i].events & EPOLLOUT) != 0) send(connection);
      if ((events[i].events & ~uint32_t{EPOLLOUT}) != 0) receive(connection);
    }
  }
  for (Connection& connection : connections_) {
    if (connection.is_busy()) lose(connection, "no further reply", connection.tail);
  }
  report_.end_nanoseconds = now_;
  return std::move(report_);
}

bool Worker::may_begin() const noexcept {
  if (report_.failures > kFailuresMax) return false;
  if (phase_.operations_max > 0 && operations_begun_ >= phase_.operations_max) return false;
  return stop_nanoseconds_ == 0 || now_ < stop_nanoseconds_;
}

// Precondition: the connection is not busy.
void Worker::begin_batch(Connection& connection) {
  if (!connection.socket || !may_begin()) return;
  uint64_t requests = phase_.depth;
  if (phase_.operations_max > 0) {
    const uint64_t left = phase_.operations_max - operations_begun_;
    requests = std::min(requests, 1 + (left - 1) / phase_.keys_per_request);
  }
  connection.batch.clear();
  for (uint64_t i = 0; i < requests; ++i) {
    append_request(phase_.workload, phase_.keys_per_request, keys_, chooser_, connection.batch);
  }
  operations_begun_ += requests * phase_.keys_per_request;
  connection.next_part = 0;
  connection.sent_size = 0;
  connection.begin_nanoseconds = now_;
  ++busy_count_;
  send(connection);
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
      if (!phase_.misses_allowed) fail("a miss of " + excerpt(key), rest);
    } else {
      fail("an error for " + excerpt(key), rest);
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

void Worker::fail(std::string_view what, std::string_view got) {
  ++report_.failures;
  if (!report_.first_failure.empty()) return;
  report_.first_failure = what;
  if (!got.empty()) report_.first_failure += ": '" + excerpt(got) + "'";
}

// Closes a connection; every reply that it still owes is a failure, and so is owing none.
void Worker::lose(Connection& connection, std::string_view why, std::string_view received) {
  const std::vector<Expectation>& parts = connection.batch.parts;
  uint64_t owed = 0;
  for (size_t i = connection.next_part; i < parts.size(); ++i) owed += operations_of(parts[i].part);
  if (connection.is_busy()) --busy_count_;
  fail(why, received);
  report_.failures += std::max<uint64_t>(owed, 1) - 1;
  connection.next_part = parts.size();
  connection.tail.clear();
  connection.socket.reset();
  connection.waits_to_send = false;
}

}  // namespace larder::bench
