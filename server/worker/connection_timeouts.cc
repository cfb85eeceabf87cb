#include "server/worker/connection_timeouts.h"

#include <algorithm>
#include <utility>

namespace larder::server {

void ConnectionTimeouts::check(int64_t monotonic_ns, base::Time now) {
  excuse(take_missed_seconds(monotonic_ns), now);
  close_idle(now);
  if (counters_.backlog_bytes.get() > 0) close_stalled_dumps(now);
  if (counters_.tls_handshakes.get() > 0) close_stalled_handshakes(now);
}

// The time for which this thread did not run although it should have, rounded up: the process was
// stopped, or the host was suspended.
base::Time ConnectionTimeouts::take_missed_seconds(int64_t monotonic_ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t late_ns = monotonic_ns - std::exchange(last_check_ns_, monotonic_ns) - kSecond;
  return late_ns < kSecond ? 0 : static_cast<base::Time>((late_ns + kSecond - 1) / kSecond);
}

// Input that clients sent meanwhile is read later, so this time does not count towards timeouts.
// Otherwise all clients would be disconnected at once.
void ConnectionTimeouts::excuse(base::Time seconds, base::Time now) {
  if (seconds == 0) return;
  const auto later = [&](base::Time time) { return now - time < seconds ? now : time + seconds; };
  for (ConnectionInfo* info = connections_.first(); info != nullptr; info = info->next) {
    auto& connection = static_cast<Connection&>(*info);
    const base::Time last = connection.last_request_at.load(std::memory_order_relaxed);
    connection.last_request_at.store(later(last), std::memory_order_relaxed);
    if (connection.cut_request != nullptr) {
      connection.cut_request->moved_at = later(connection.cut_request->moved_at);
    }
  }
}

// As in upstream, clients of Unix sockets have no idle timeout.
void ConnectionTimeouts::close_idle(base::Time now) {
  if (idle_seconds_max_ == 0 || now < next_idle_at_) return;
  base::Time oldest = now;
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    if (connection.transport != Transport::Tcp || !connection.awaits_request()) continue;
    const base::Time last = connection.last_request_at.load(std::memory_order_relaxed);
    if (now - last > idle_seconds_max_) {
      counters_.idle_kicks.add();
      connection.close_reason = CloseReason::IdleTimeout;
      connections_.close(connection);
    } else {
      oldest = std::min(oldest, last);
    }
  }
  next_idle_at_ = oldest + idle_seconds_max_ + 1;
}

void ConnectionTimeouts::close_stalled_dumps(base::Time now) {
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    if (connection.has_stalled_dump(now)) connections_.close(connection);
  }
}

void ConnectionTimeouts::close_stalled_handshakes(base::Time now) {
  for (ConnectionInfo* info = connections_.first(); info != nullptr;) {
    auto& connection = static_cast<Connection&>(*info);
    info = info->next;
    if (connection.tls == nullptr || connection.tls->is_established() || connection.is_queued) {
      continue;
    }
    const base::Time begun_at = connection.last_request_at.load(std::memory_order_relaxed);
    if (now - begun_at <= kHandshakeSecondsMax) continue;
    connection.tls->give_up();
    connections_.close(connection);
  }
}

}  // namespace larder::server
