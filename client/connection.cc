#include "client/connection.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <utility>

#include "client/dial.h"
#include "client/tls.h"

namespace larder::client {
namespace {

Result<base::UniqueFd> open_unix(const Address& address, Deadline deadline) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof place.sun_path)
    return fail(ErrorCode::InvalidArgument, "the path is too long");
  std::memcpy(place.sun_path, address.path.data(), address.path.size());
  return dial(reinterpret_cast<const sockaddr*>(&place), sizeof place, deadline);
}

Result<base::UniqueFd> open_tcp(const Address& address, Deadline deadline) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(address.port);
  const int code = ::getaddrinfo(address.host.c_str(), port.c_str(), &wanted, &list);
  if (code != 0) return fail(ErrorCode::Unreachable, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);

  Result<base::UniqueFd> fd = dial_first(list, deadline);
  if (fd) {
    // Requests are sent in complete batches; waiting to fill a segment would only add latency.
    const int on = 1;
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return fd;
}

}  // namespace

Connection::Connection(base::UniqueFd socket, std::string name)
    : stream_(std::move(socket)), name_(std::move(name)) {}

Result<Connection> Connection::connect(const Address& address, Deadline deadline) {
  Result<base::UniqueFd> fd = address.kind == Address::Kind::Unix ? open_unix(address, deadline)
                                                                  : open_tcp(address, deadline);
  if (!fd) {
    const ErrorCode code =
        fd.error().code == ErrorCode::TimedOut ? ErrorCode::Unreachable : fd.error().code;
    return fail(code, "cannot connect to " + address.text() + ": " + fd.error().text);
  }
  return Connection(std::move(*fd), address.text());
}

Result<Connection> Connection::adopt(base::UniqueFd socket, std::string name) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno(ErrorCode::System, "cannot use the socket to " + name);
  }
  return Connection(std::move(socket), std::move(name));
}

Outcome Connection::start_tls(const TlsContext& tls, std::string_view name, Deadline deadline) {
  if (!is_open()) return fail(ErrorCode::ConnectionLost, name_ + ": the connection is closed");
  Result<std::unique_ptr<TlsSession>> session = tls.start(stream_.fd(), name);
  if (!session) return give_up(fail(session.error().code, name_ + ": " + session.error().text));
  for (;;) {
    const Result<bool> is_done = (*session)->handshake();
    if (!is_done) return give_up(fail(is_done.error().code, name_ + ": " + is_done.error().text));
    if (*is_done) break;
    const Outcome ready = wait_for(stream_.fd(), (*session)->handshake_events(), deadline);
    if (!ready) {
      return give_up(
          fail(ErrorCode::Unreachable, name_ + ": the TLS handshake " + ready.error().text));
    }
  }
  stream_.encrypt(std::move(*session));
  return Done{};
}

Outcome Connection::send_all(std::string_view bytes, Deadline deadline) {
  if (!is_open()) return fail(ErrorCode::ConnectionLost, name_ + ": the connection is closed");
  while (!bytes.empty()) {
    const Result<size_t> sent = stream_.write(bytes);
    if (!sent) return give_up(fail(sent.error().code, name_ + ": " + sent.error().text));
    bytes.remove_prefix(*sent);
    if (*sent > 0) continue;
    const Outcome ready = wait_for(stream_.fd(), stream_.write_events(), deadline);
    if (!ready) {
      return give_up(fail(ready.error().code, name_ + ": sending " + ready.error().text));
    }
  }
  return Done{};
}

Result<std::string> Connection::read_line(size_t size_max, Deadline deadline) {
  if (!is_open()) return fail(ErrorCode::ConnectionLost, name_ + ": the connection is closed");
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
      return give_up(
          fail(ErrorCode::BadReply, name_ + ": a line is longer than " + std::to_string(size_max)));
    }
    searched_size = window.size();
    const Outcome filled = fill(deadline);
    if (!filled) return give_up(filled.error());
  }
}

Result<std::string> Connection::read_exact(size_t size, Deadline deadline) {
  if (!is_open()) return fail(ErrorCode::ConnectionLost, name_ + ": the connection is closed");
  while (unread_.size() - taken_size_ < size) {
    const Outcome filled = fill(deadline);
    if (!filled) return give_up(filled.error());
  }
  return take(size);
}

void Connection::close() noexcept {
  stream_.close();
  unread_.clear();
  taken_size_ = 0;
}

Stream Connection::release_stream() noexcept {
  Stream stream = std::move(stream_);
  close();
  return stream;
}

// Appends at least one byte to unread_.  Precondition: is_open().
Outcome Connection::fill(Deadline deadline) {
  unread_.erase(0, taken_size_);
  taken_size_ = 0;
  char bytes[Stream::kReadSizeMin];
  for (;;) {
    const Result<size_t> received = stream_.read(bytes);
    if (!received) return fail(received.error().code, name_ + ": " + received.error().text);
    if (*received > 0) {
      unread_.append(bytes, *received);
      return Done{};
    }
    const Outcome ready = wait_for(stream_.fd(), stream_.read_events(), deadline);
    if (!ready) return fail(ready.error().code, name_ + ": reading " + ready.error().text);
  }
}

// Precondition: `size` bytes have been received.
std::string Connection::take(size_t size) {
  std::string bytes = unread_.substr(taken_size_, size);
  taken_size_ += size;
  return bytes;
}

Error Connection::give_up(Error error) {
  close();
  return error;
}

}  // namespace larder::client
