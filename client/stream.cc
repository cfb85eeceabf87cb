#include "client/stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/assertions.h"
#include "client/tls.h"

namespace larder::client {
namespace {

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

Stream::Stream() = default;
Stream::Stream(base::UniqueFd socket) : socket_(std::move(socket)) {}
Stream::Stream(Stream&& other) noexcept = default;
Stream::~Stream() = default;

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    session_ = std::move(other.session_);  // sends the TLS close on the socket, which is still open
    socket_ = std::move(other.socket_);
  }
  return *this;
}

void Stream::close() noexcept {
  session_.reset();
  socket_.reset();
}

void Stream::encrypt(std::unique_ptr<TlsSession> session) { session_ = std::move(session); }

Result<size_t> Stream::read(std::span<char> buffer) {
  DEBUG_ASSERT(buffer.size() >= kReadSizeMin);
  if (session_ != nullptr) return session_->read(buffer);
  for (;;) {
    const ssize_t received = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received > 0) return static_cast<size_t>(received);
    if (received == 0) return fail(ErrorCode::ConnectionLost, "the server closed the connection");
    if (would_block()) return size_t{0};
    if (errno != EINTR) return fail_errno(ErrorCode::ConnectionLost, "cannot read");
  }
}

Result<size_t> Stream::write(std::string_view bytes) {
  if (session_ != nullptr) return session_->write(bytes);
  for (;;) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<size_t>(sent);
    if (would_block()) return size_t{0};
    if (errno != EINTR) return fail_errno(ErrorCode::ConnectionLost, "cannot send");
  }
}

short Stream::read_events() const noexcept {
  return session_ != nullptr ? session_->read_events() : POLLIN;
}

short Stream::write_events() const noexcept {
  return session_ != nullptr ? session_->write_events() : POLLOUT;
}

bool Stream::is_quiet() {
  if (session_ != nullptr) return session_->is_quiet();
  char byte;
  const ssize_t received = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return received < 0 && would_block();
}

base::UniqueFd Stream::release_socket() noexcept {
  session_.reset();
  return std::move(socket_);
}

}  // namespace larder::client
