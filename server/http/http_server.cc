#include "server/http/http_server.h"

#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "server/http/http_host.h"
#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

bool would_block(int error_code) { return error_code == EAGAIN || error_code == EINTR; }

bool is_shortage(int error_code) {
  return error_code == EMFILE || error_code == ENFILE || error_code == ENOBUFS ||
         error_code == ENOMEM;
}

}  // namespace

struct HttpServer::Connection {
  Connection(HttpServer* owner, base::UniqueFd socket)
      : server(owner), http(std::move(socket), owner->site_) {}

  HttpServer* server;
  Connections::iterator place;
  HttpConnection http;
};

HttpServer::HttpServer(std::vector<Listener> listeners)
    : listeners_(std::move(listeners)),
      site_{.pages = {}, .machine_name = name_of_this_machine(), .replies = {}},
      doors_(new Door[listeners_.size()]) {
  for (size_t index = 0; index < listeners_.size(); ++index) {
    doors_[index].server = this;
    doors_[index].fd = listeners_[index].fd();
  }
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start(std::vector<HttpPage> pages) {
  site_.pages = std::move(pages);
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
          .replies = site_.replies.get()};
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
  Connection& connection = connections_.emplace_back(this, std::move(fd));
  connection.place = std::prev(connections_.end());
  connection_count_.add();
  accepted_.add();
  connection.http.watch(loop_, on_ready, &connection);
  serve(connection);  // the request has usually arrived already
}

void HttpServer::on_ready(void* context) noexcept {
  auto* connection = static_cast<Connection*>(context);
  connection->server->serve(*connection);
}

void HttpServer::serve(Connection& connection) {
  if (!connection.http.serve()) close(connection);
}

void HttpServer::on_sweep(void* context) noexcept {
  auto* server = static_cast<HttpServer*>(context);
  const int64_t now_us = monotonic_microseconds();
  for (auto next = server->connections_.begin(); next != server->connections_.end();) {
    Connection& connection = *next++;
    if (connection.http.is_overdue(now_us)) server->drop(connection);
  }
  if (server->is_paused_) server->watch_doors();
}

void HttpServer::drop(Connection& connection) {
  if (!connection.http.has_replied()) dropped_.add();
  close(connection);
}

void HttpServer::close(Connection& connection) {
  connection_count_.subtract();
  connections_.erase(connection.place);
}

}  // namespace larder::server
