#include "client/dial.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace larder::client {

namespace {

// A non-blocking connect to a Unix socket with a full queue fails at once, and poll() cannot wait
// for room in the queue.  So this repeats the call.
int connect_once_there_is_room(int fd, const sockaddr* address, socklen_t size, Deadline deadline) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause{2};
  for (;;) {
    const int status = ::connect(fd, address, size);
    const bool is_full = status != 0 && errno == EAGAIN && address->sa_family == AF_UNIX;
    if (!is_full || Clock::now() >= deadline) return status;
    std::this_thread::sleep_until(std::min(deadline, Clock::now() + kPause));
  }
}

}  // namespace

Outcome connect_socket(int fd, const sockaddr* address, socklen_t size, Deadline deadline) {
  if (connect_once_there_is_room(fd, address, size, deadline) == 0) return Done{};
  // After a signal, the connect continues in the background, as with EINPROGRESS.
  if (errno != EINPROGRESS && errno != EINTR)
    return fail(ErrorCode::Unreachable, std::strerror(errno));

  Outcome ready = wait_for(fd, POLLOUT, deadline);
  if (!ready) return ready;
  int code = 0;
  socklen_t code_size = sizeof code;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &code_size) != 0) code = errno;
  if (code != 0) return fail(ErrorCode::Unreachable, std::strerror(code));
  return Done{};
}

Result<base::UniqueFd> dial(const sockaddr* address, socklen_t size, Deadline deadline) {
  base::UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(ErrorCode::System, "cannot create a socket");
  const Outcome connected = connect_socket(fd.get(), address, size, deadline);
  if (!connected) return connected.error();
  return fd;
}

Result<base::UniqueFd> dial_first(const addrinfo* list, Deadline deadline) {
  int left_count = 0;
  for (const addrinfo* place = list; place != nullptr; place = place->ai_next) ++left_count;
  Error last_error = fail(ErrorCode::Unreachable, "the name has no address");
  for (const addrinfo* place = list; place != nullptr; place = place->ai_next) {
    const Deadline now = std::chrono::steady_clock::now();
    const Deadline share = now + (deadline - now) / left_count--;
    Result<base::UniqueFd> fd = dial(place->ai_addr, place->ai_addrlen, share);
    if (fd) return fd;
    last_error = fd.error();
  }
  return last_error;
}

}  // namespace larder::client
