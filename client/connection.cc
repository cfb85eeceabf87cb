#include "client/connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "client/dial.h"

namespace larder::client {
namespace {

constexpr size_t kReadSize = 16 * 1024;

base::Result<base::UniqueFd> open_unix(const Address& address, Deadline deadline) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof place.sun_path) return base::fail("the path is too long");
  std::memcpy(place.sun_path, address.path.data(), address.path.size());
  return dial(reinterpret_cast<const sockaddr*>(&place), sizeof place, deadline);
}

base::Result<base::UniqueFd> open_tcp(const Address& address, Deadline deadline) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(address.port);
  const int code = ::getaddrinfo(address.host.c_str(), port.c_str(), &wanted, &list);
  if (code != 0) return base::fail(::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);

  base::Result<base::UniqueFd> fd = dial_first(list, deadline);
  if (fd) {
    // Requests are whole batches already; waiting to fill a segment only adds latency.
    const int on = 1;
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return fd;
}

}  // namespace

Connection::Connection(base::UniqueFd socket, std::string name)
    : socket_(std::move(socket)), name_(std::move(name)) {}

base::Result<Connection> Connection::connect(const Address& address, Deadline deadline) {
  base::Result<base::UniqueFd> fd = address.kind == Address::Kind::Unix
                                        ? open_unix(address, deadline)
                                        : open_tcp(address, deadline);
  if (!fd) return base::fail("cannot connect to " + address.text() + ": " + fd.error().text);
  return Connection(std::move(*fd), address.text());
}

base::Result<Connection> Connection::adopt(base::UniqueFd socket, std::string name) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return base::fail_errno("cannot use the socket to " + name);
  }
  return Connection(std::move(socket), std::move(name));
}

base::Outcome Connection::send_all(std::string_view bytes, Deadline deadline) {
  if (!is_open()) return base::fail(name_ + ": the connection is closed");
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      const base::Outcome ready = wait_for(socket_.get(), POLLOUT, deadline);
      if (!ready) return give_up(base::fail(name_ + ": sending " + ready.error().text));
    } else if (errno != EINTR) {
      return give_up(base::fail_errno(name_ + ": cannot send"));
    }
  }
  return base::Done{};
}

base::Result<std::string> Connection::read_line(size_t size_max, Deadline deadline) {
  if (!is_open()) return base::fail(name_ + ": the connection is closed");
  size_t searched_size = 0;
  for (;;) {
    const std::string_view window =
        std::string_view(unread_).substr(taken_size_).substr(0, size_max);
    const size_t newline = window.find('\n', searched_size);
    if (newline != std::string_view::npos) {
      std::string line = take(newline + 1);
      line.pop_back();
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (window.size() == size_max) {
      return give_up(base::fail(name_ + ": a line is longer than " + std::to_string(size_max)));
    }
    searched_size = window.size();
    const base::Outcome filled = fill(deadline);
    if (!filled) return give_up(filled.error());
  }
}

base::Result<std::string> Connection::read_exact(size_t size, Deadline deadline) {
  if (!is_open()) return base::fail(name_ + ": the connection is closed");
  while (unread_.size() - taken_size_ < size) {
    const base::Outcome filled = fill(deadline);
    if (!filled) return give_up(filled.error());
  }
  return take(size);
}

void Connection::close() noexcept {
  socket_.reset();
  unread_.clear();
  taken_size_ = 0;
}

base::UniqueFd Connection::release_socket() noexcept {
  base::UniqueFd socket = std::move(socket_);
  close();
  return socket;
}

// Appends at least one byte to unread_.  Precondition: is_open().
base::Outcome Connection::fill(Deadline deadline) {
  unread_.erase(0, taken_size_);
  taken_size_ = 0;
  char bytes[kReadSize];
  for (;;) {
    const ssize_t received = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (received > 0) {
      unread_.append(bytes, static_cast<size_t>(received));
      return base::Done{};
    }
    if (received == 0) return base::fail(name_ + ": the peer closed the connection");
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      const base::Outcome ready = wait_for(socket_.get(), POLLIN, deadline);
      if (!ready) return base::fail(name_ + ": reading " + ready.error().text);
    } else if (errno != EINTR) {
      return base::fail_errno(name_ + ": cannot read");
    }
  }
}

// Precondition: `size` bytes are there.
std::string Connection::take(size_t size) {
  std::string bytes = unread_.substr(taken_size_, size);
  taken_size_ += size;
  return bytes;
}

base::Error Connection::give_up(base::Error error) {
  close();
  return error;
}

}  // namespace larder::client
