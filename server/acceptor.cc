#include "server/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "server/clock_driver.h"

namespace larder::server {

namespace {

constexpr std::string_view kTooManyConnections = "ERROR Too many open connections\r\n";

// The kernel took the client off the backlog but lost it, or tells of an error of its network.
bool is_about_one_client(int error_code) {
  switch (error_code) {
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM: return true;
    default: return false;
  }
}

}  // namespace

Acceptor::Acceptor(EventLoop& loop, Dispatcher& dispatcher, std::vector<Listener> listeners,
                   const AcceptLimits& limits)
    : loop_(loop),
      dispatcher_(dispatcher),
      listeners_(std::move(listeners)),
      limits_(limits),
      doors_(new Door[listeners_.size()]) {
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].acceptor = this;
    doors_[index].listener_index = static_cast<uint16_t>(index);
  }
}

void Acceptor::start() noexcept {
  closed_.start(loop_, on_retry, this);
  watch_listeners();
}

void Acceptor::stop() noexcept {
  for (size_t index = 0; index < listeners_.size(); ++index) doors_[index].watch.stop();
  closed_.stop();
  retry_.stop();
  // Refuses clients from now on, while the descriptors stay ours: workers may still look at them.
  for (const Listener& listener : listeners_) ::shutdown(listener.fd(), SHUT_RDWR);
}

void Acceptor::watch_listeners() noexcept {
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].watch.start(loop_, listeners_[index].fd(), Interest::Readable, on_readable,
                              &doors_[index]);
  }
}

void Acceptor::on_readable(void* context) noexcept {
  const auto* door = static_cast<Door*>(context);
  door->acceptor->accept_some(door->listener_index);
}

void Acceptor::on_retry(void* context) noexcept {
  auto* acceptor = static_cast<Acceptor*>(context);
  if (acceptor->is_paused_.load() && !acceptor->is_full()) acceptor->resume();
}

// Whether there is no use in accepting.
bool Acceptor::is_full() const noexcept {
  if (!dispatcher_.has_room()) return true;
  return !limits_.refuses_excess_connections &&
         dispatcher_.connection_count() >= limits_.connection_count_max;
}

void Acceptor::accept_some(uint16_t listener_index) noexcept {
  for (int count = 0; count < kAcceptsPerTurnMax; ++count) {
    // Pausing is for clients that wait: if one does, it brings us here again.
    if (is_full()) return count == 0 ? pause() : void();
    switch (accept_one(listener_index)) {
      case Accepted::One: break;
      case Accepted::Nobody: return;
      case Accepted::Exhausted: return pause();
    }
  }
}

Acceptor::Accepted Acceptor::accept_one(uint16_t listener_index) noexcept {
  const Listener& listener = listeners_[listener_index];
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  base::UniqueFd fd(::accept4(listener.fd(), reinterpret_cast<sockaddr*>(&peer), &peer_size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Accepted::Nobody;
    // Everything else stays as it is until somebody closes something: EMFILE, ENFILE, ENOBUFS,
    // ENOMEM.  Trying again at once would turn the loop into a busy one.
    return is_about_one_client(errno) ? Accepted::One : Accepted::Exhausted;
  }
  if (dispatcher_.connection_count() >= limits_.connection_count_max) {
    counters_.rejected_connections.add();
    // A new socket has room for a line; a client that is gone already needs no answer.
    (void)!::send(fd.get(), kTooManyConnections.data(), kTooManyConnections.size(),
                  MSG_NOSIGNAL | MSG_DONTWAIT);
    return Accepted::One;
  }
  counters_.accepted_connections.add();
  dispatcher_.dispatch({std::move(fd), listener.transport(), listener.protocol(), listener_index,
                        listener.tls(), peer_address_of(peer)});
  return Accepted::One;
}

void Acceptor::pause() noexcept {
  for (size_t index = 0; index < listeners_.size(); ++index) doors_[index].watch.stop();
  paused_since_us_ = monotonic_microseconds();
  counters_.listen_disabled_num.add();
  is_paused_.store(true);
  retry_.start_periodic(loop_, kRetryMilliseconds, on_retry, this);
}

void Acceptor::resume() noexcept {
  retry_.stop();
  is_paused_.store(false);
  counters_.time_in_listen_disabled_us.add(
      static_cast<uint64_t>(monotonic_microseconds() - paused_since_us_));
  watch_listeners();
}

}  // namespace larder::server
