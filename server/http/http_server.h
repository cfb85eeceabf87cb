// The server of the HTTP port: one thread, one request per connection, a few pages.
//
// Clients cannot use up resources or block each other: there are at most kConnectionsMax
// connections, of which the oldest is closed for a new one; a request and its reply each have a
// time limit; the size of heads is limited, and bodies are not accepted.
// libevent's HTTP server lacks the first two limits and is therefore not used.
//
// Threads: created, started, stopped and destroyed by one; totals() any.  It has its own thread and
// loop, and takes no locks except those that the pages take.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/counter.h"
#include "base/unique_fd.h"
#include "server/http/http_connection.h"
#include "server/http/http_page.h"
#include "server/net/event_loop.h"
#include "server/net/listener.h"

namespace larder::server {

struct HttpTotals {
  uint64_t connections = 0;  // current number
  uint64_t accepted = 0;
  uint64_t dropped = 0;  // closed by the server before the reply was sent
  uint64_t replies = 0;
};

class HttpServer {
 public:
  static constexpr size_t kConnectionsMax = 64;
  static constexpr int kBacklog = 128;
  // Far below kConnectionsMax, so that a new connection is read before it can become the oldest.
  static constexpr int kAcceptsPerTurnMax = 16;
  static constexpr uint32_t kSweepMilliseconds = 1000;

  explicit HttpServer(std::vector<Listener> listeners);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Call once.  Objects that the pages refer to must live until after stop().
  void start(std::vector<HttpPage> pages);
  // Closes all connections in any state.  May be called again, and without start().
  void stop();

  HttpTotals totals() const noexcept;
  std::span<const Listener> listeners() const noexcept { return listeners_; }

 private:
  struct Door {
    HttpServer* server;
    int fd;
    EventLoop::Watch watch;
  };
  struct Connection;
  using Connections = std::list<Connection>;

  static void on_arrival(void* door) noexcept;
  static void on_ready(void* connection) noexcept;
  static void on_sweep(void* server) noexcept;
  static void on_stop(void*) noexcept {}

  void run();
  void watch_doors();
  void pause_doors();
  bool accept_one(int listening_fd);
  void take_in(base::UniqueFd fd);
  void serve(Connection& connection);
  void drop(Connection& connection);
  void close(Connection& connection);

  std::vector<Listener> listeners_;
  HttpSite site_;
  EventLoop loop_;
  Wakeup stop_wakeup_;
  Timer sweep_;
  std::unique_ptr<Door[]> doors_;  // one per listener
  bool is_paused_ = false;         // accepting is paused for lack of file descriptors
  Connections connections_;        // oldest first
  std::atomic<bool> is_stopping_{false};
  base::OwnedCounter connection_count_;
  base::OwnedCounter accepted_;
  base::OwnedCounter dropped_;
  std::thread thread_;
};

}  // namespace larder::server
