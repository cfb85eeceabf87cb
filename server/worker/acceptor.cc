#include "server/worker/acceptor.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace larder::server {

namespace {

constexpr std::string_view kTooManyConnections = "ERROR Too many open connections\r\n";

// The client disconnected while it was in the backlog, or its network failed.
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

Acceptor::Acceptor(EventLoop& loop, AcceptGate& gate, Dispatcher& dispatcher,
                   std::vector<Listener> listeners, size_t home,
                   std::function<void(AcceptedSocket)> take)
    : loop_(loop),
      gate_(gate),
      dispatcher_(dispatcher),
      listeners_(std::move(listeners)),
      home_(home),
      take_(std::move(take)),
      doors_(new Door[listeners_.size()]) {
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].acceptor = this;
    doors_[index].listener = &listeners_[index];
  }
}

void Acceptor::start() noexcept {
  room_.start(loop_, on_retry, this);
  watch_listeners();
}

void Acceptor::stop() noexcept {
  for (size_t index = 0; index < listeners_.size(); ++index) doors_[index].watch.stop();
  if (std::exchange(is_paused_, false)) gate_.resume(room_);
  room_.stop();
  retry_.stop();
  // Refuses clients from now on but keeps the descriptors, because other threads may still read
  // them.
  for (const Listener& listener : listeners_) ::shutdown(listener.fd(), SHUT_RDWR);
}

void Acceptor::set_batch(uint32_t accepts_per_turn) noexcept {
  accepts_per_turn_ = std::clamp(accepts_per_turn, 1U, kAcceptsPerTurnMax);
}

void Acceptor::watch_listeners() noexcept {
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].watch.start(loop_, listeners_[index].fd(), Interest::Readable, on_readable,
                              &doors_[index]);
  }
}

void Acceptor::on_readable(void* context) noexcept {
  const auto* door = static_cast<Door*>(context);
  door->acceptor->accept_some(*door->listener);
}

void Acceptor::on_retry(void* context) noexcept {
  auto* acceptor = static_cast<Acceptor*>(context);
  if (acceptor->is_paused_ && !acceptor->gate_.is_full()) acceptor->resume();
}

void Acceptor::accept_some(const Listener& listener) noexcept {
  for (uint32_t count = 0; count < accepts_per_turn_; ++count) {
    switch (accept_one(listener)) {
      case Accepted::One: break;
      case Accepted::Nobody: return;
      case Accepted::Exhausted:
        // Pausing is only for waiting clients: if there is one, the loop calls this again.
        return count == 0 ? pause() : void();
    }
  }
}

Acceptor::Accepted Acceptor::accept_one(const Listener& listener) noexcept {
  const bool is_admitted = gate_.admit();
  if (!is_admitted && !gate_.refuses_excess_connections()) return Accepted::Exhausted;
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  base::UniqueFd fd(::accept4(listener.fd(), reinterpret_cast<sockaddr*>(&peer), &peer_size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    const int accept_error = errno;
    if (is_admitted) gate_.withdraw();
    if (accept_error == EAGAIN || accept_error == EWOULDBLOCK) return Accepted::Nobody;
    // Other errors (EMFILE, ENFILE, ENOBUFS, ENOMEM) persist until a descriptor is closed.
    // Retrying immediately would make the loop spin.
    return is_about_one_client(accept_error) ? Accepted::One : Accepted::Exhausted;
  }
  if (!is_admitted) {
    counters_.rejected_connections.add();
    // A new socket has room for a line; a client that has disconnected needs no reply.
    (void)!::send(fd.get(), kTooManyConnections.data(), kTooManyConnections.size(),
                  MSG_NOSIGNAL | MSG_DONTWAIT);
    return Accepted::One;
  }
  counters_.accepted_connections.add();
  AcceptedSocket socket{std::move(fd), listener.transport(), listener.protocol(), listener.tls(),
                        peer_address_of(peer)};
  if (!dispatcher_.hand_over(socket, home_)) take_(std::move(socket));
  return Accepted::One;
}

void Acceptor::pause() noexcept {
  for (size_t index = 0; index < listeners_.size(); ++index) doors_[index].watch.stop();
  is_paused_ = true;
  gate_.pause(room_);
  retry_.start_periodic(loop_, kRetryMilliseconds, on_retry, this);
}

void Acceptor::resume() noexcept {
  retry_.stop();
  is_paused_ = false;
  gate_.resume(room_);
  watch_listeners();
}

}  // namespace larder::server
