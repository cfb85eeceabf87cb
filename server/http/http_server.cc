#include "server/http/http_server.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "protocol/http.h"
#include "server/http/http_host.h"
#include "server/http/http_pages.h"
#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

constexpr size_t kReadSize = 4 << 10;
constexpr size_t kLingerBytesMax = 64 << 10;

bool would_block(int error_code) { return error_code == EAGAIN || error_code == EINTR; }

bool is_shortage(int error_code) {
  return error_code == EMFILE || error_code == ENFILE || error_code == ENOBUFS ||
         error_code == ENOMEM;
}

}  // namespace

struct HttpServer::Connection {
  enum class Phase : uint8_t { Reading, Sending, Lingering };

  Connection(HttpServer* owner, base::UniqueFd socket, int64_t deadline)
      : server(owner), fd(std::move(socket)), deadline_us(deadline) {}

  HttpServer* server;
  base::UniqueFd fd;
  int64_t deadline_us;
  Phase phase = Phase::Reading;
  std::string input;
  std::string output;
  size_t sent_size = 0;
  size_t discarded_size = 0;
  Connections::iterator place;
  EventLoop::Watch watch;  // after fd, so that it is stopped before fd is closed
};

HttpServer::HttpServer(std::vector<Listener> listeners)
    : listeners_(std::move(listeners)),
      machine_name_(name_of_this_machine()),
      doors_(new Door[listeners_.size()]) {
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].server = this;
    doors_[index].fd = listeners_[index].fd();
  }
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start(std::vector<HttpPage> pages) {
  pages_ = std::move(pages);
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "http");
    run();
  });
}

void HttpServer::stop() {
  is_stopping_.store(true);
  stop_wakeup_.notify();
  if (thread_.joinable()) thread_.join();
}

HttpTotals HttpServer::totals() const noexcept {
  return {.connections = connection_count_.get(),
          .accepted = accepted_.get(),
          .dropped = dropped_.get(),
          .replies = replies_.get()};
}

void HttpServer::run() {
  stop_wakeup_.start(loop_, on_stop, this);
  sweep_.start_periodic(loop_, kSweepMilliseconds, on_sweep, this);
  watch_doors();
  while (!is_stopping_.load() && loop_.run_turn()) {
  }
  while (!connections_.empty()) close(connections_.front());
  if (!is_paused_) pause_doors();
  sweep_.stop();
  stop_wakeup_.stop();
}

void HttpServer::watch_doors() {
  is_paused_ = false;
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].watch.start(loop_, doors_[index].fd, Interest::Readable, on_arrival,
                              &doors_[index]);
  }
}

void HttpServer::pause_doors() {
  is_paused_ = true;
  for (size_t index = 0; index < listeners_.size(); ++index) doors_[index].watch.stop();
}

void HttpServer::on_arrival(void* context) noexcept {
  const auto* door = static_cast<Door*>(context);
  for (int count = 0; count < kAcceptsPerTurnMax; ++count) {
    if (!door->server->accept_one(door->fd)) return;
  }
}

// Returns false if no connection is pending or no descriptor is available.
bool HttpServer::accept_one(int listening_fd) {
  base::UniqueFd fd(::accept4(listening_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) {
    take_in(std::move(fd));
    return true;
  }
  if (would_block(errno)) return false;
  if (!is_shortage(errno)) return true;  // an error of this connection only
  if (connections_.empty()) {
    pause_doors();  // until the next sweep, otherwise the loop would spin
    return false;
  }
  drop(connections_.front());
  return true;
}

void HttpServer::take_in(base::UniqueFd fd) {
  if (connections_.size() >= kConnectionsMax) drop(connections_.front());
  Connection& connection = connections_.emplace_back(
      this, std::move(fd), monotonic_microseconds() + kPatienceMicroseconds);
  connection.place = std::prev(connections_.end());
  connection_count_.add();
  accepted_.add();
  connection.watch.start(loop_, connection.fd.get(), Interest::Readable, on_ready, &connection);
  serve(connection);  // the request has usually arrived already
}

void HttpServer::on_ready(void* context) noexcept {
  auto* connection = static_cast<Connection*>(context);
  connection->server->serve(*connection);
}

void HttpServer::serve(Connection& connection) {
  switch (connection.phase) {
    case Connection::Phase::Reading: return read_request(connection);
    case Connection::Phase::Sending: return send_reply(connection);
    case Connection::Phase::Lingering: return linger(connection);
  }
}

void HttpServer::read_request(Connection& connection) {
  char bytes[kReadSize];
  const ssize_t got = ::recv(connection.fd.get(), bytes, sizeof(bytes), 0);
  if (got < 0 && would_block(errno)) return;
  if (got <= 0) return close(connection);
  connection.input.append(bytes, static_cast<size_t>(got));
  answer(connection);
}

void HttpServer::answer(Connection& connection) {
  protocol::HttpRequest request;
  const protocol::HttpParsed parsed = protocol::parse_http_request(connection.input, &request);
  protocol::HttpReply reply;
  switch (parsed.verdict) {
    case protocol::HttpVerdict::NeedMore: return;
    case protocol::HttpVerdict::Complete: {
      const bool is_host_ours =
          !came_by_loopback(connection.fd.get()) || is_local_host(request.host, machine_name_);
      reply = answer_path(pages_, request.path, is_host_ours);
      break;
    }
    case protocol::HttpVerdict::Refused:
      reply.status = parsed.status;
      reply.body.append(protocol::http_reason(parsed.status)) += '\n';
      break;
  }
  connection.output = protocol::encode_http_reply(reply, request.is_head);
  connection.phase = Connection::Phase::Sending;
  connection.deadline_us = monotonic_microseconds() + kPatienceMicroseconds;
  replies_.add();
  send_reply(connection);
}

void HttpServer::send_reply(Connection& connection) {
  const std::string_view unsent = std::string_view(connection.output).substr(connection.sent_size);
  const ssize_t sent = ::send(connection.fd.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (sent < 0 && !would_block(errno)) return close(connection);
  if (sent > 0) connection.sent_size += static_cast<size_t>(sent);
  if (connection.sent_size < connection.output.size()) {
    return connection.watch.change(Interest::Writable);
  }
  ::shutdown(connection.fd.get(), SHUT_WR);
  connection.output = {};
  connection.phase = Connection::Phase::Lingering;
  connection.deadline_us = monotonic_microseconds() + kLingerMicroseconds;
  connection.watch.change(Interest::Readable);
}

void HttpServer::linger(Connection& connection) {
  char bytes[kReadSize];
  const ssize_t got = ::recv(connection.fd.get(), bytes, sizeof(bytes), 0);
  if (got < 0 && would_block(errno)) return;
  if (got <= 0) return close(connection);
  connection.discarded_size += static_cast<size_t>(got);
  if (connection.discarded_size > kLingerBytesMax) close(connection);
}

void HttpServer::on_sweep(void* context) noexcept {
  auto* server = static_cast<HttpServer*>(context);
  const int64_t now_us = monotonic_microseconds();
  for (auto next = server->connections_.begin(); next != server->connections_.end();) {
    Connection& connection = *next++;
    if (connection.deadline_us <= now_us) server->drop(connection);
  }
  if (server->is_paused_) server->watch_doors();
}

void HttpServer::drop(Connection& connection) {
  if (connection.phase != Connection::Phase::Lingering) dropped_.add();
  close(connection);
}

void HttpServer::close(Connection& connection) {
  connection_count_.subtract();
  connections_.erase(connection.place);
}

}  // namespace larder::server
