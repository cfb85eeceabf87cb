// The port of --http: one thread, one request to a connection, a few pages.
//
// Nobody who connects can cost much or keep others out: there are at most kConnectionsMax
// connections, the oldest one makes room for one more; each has kPatienceMicroseconds for its
// request and as much for its reply; heads have a limit, and there are no bodies.  libevent's own
// HTTP server has neither of the first two, and so is not used.
//
//   Reading --head complete or refused--> Sending --all sent--> Lingering --the client closes-->
//
// Lingering: a socket that is closed with bytes unread resets, and the reply may be lost with it;
// so the sending side is closed first, and what still comes is thrown away for a while.
//
// Threads: made, started, stopped and destroyed by one; totals() any.  It has its own loop, and
// takes no lock but those that the pages take.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/counter.h"
#include "base/unique_fd.h"
#include "server/http/http_page.h"
#include "server/net/event_loop.h"
#include "server/net/listener.h"

namespace larder::server {

struct HttpTotals {
  uint64_t connections = 0;  // now
  uint64_t accepted = 0;
  uint64_t dropped = 0;  // closed by us before they had their reply
  uint64_t replies = 0;
};

class HttpServer {
 public:
  static constexpr size_t kConnectionsMax = 64;
  static constexpr int64_t kPatienceMicroseconds = 10'000'000;
  static constexpr int64_t kLingerMicroseconds = 1'000'000;
  static constexpr int kBacklog = 128;
  // Far fewer than kConnectionsMax: who has just come is read from before it can be the oldest.
  static constexpr int kAcceptsPerTurnMax = 16;
  static constexpr uint32_t kSweepMilliseconds = 1000;

  explicit HttpServer(std::vector<Listener> listeners);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Once.  What the pages refer to outlives stop().
  void start(std::vector<HttpPage> pages);
  // Closes every connection, whatever it waits for.  May be called again, and without start().
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
  void read_request(Connection& connection);
  void answer(Connection& connection);
  void send_reply(Connection& connection);
  void linger(Connection& connection);
  void drop(Connection& connection);
  void close(Connection& connection);

  std::vector<Listener> listeners_;
  const std::string machine_name_;
  std::vector<HttpPage> pages_;
  EventLoop loop_;
  Wakeup stop_wakeup_;
  Timer sweep_;
  std::unique_ptr<Door[]> doors_;  // one per listener
  bool is_paused_ = false;         // the doors are, for want of descriptors
  Connections connections_;        // oldest first
  std::atomic<bool> is_stopping_{false};
  base::OwnedCounter connection_count_;
  base::OwnedCounter accepted_;
  base::OwnedCounter dropped_;
  base::OwnedCounter replies_;
  std::thread thread_;
};

}  // namespace larder::server
