// A connection of the HTTP port: reads a request, sends the reply, waits for the client to close.
//
//   Reading --head complete or refused--> Sending --all sent--> Lingering --the client closes-->
//
// Lingering: closing a socket with unread bytes resets the connection, and the reply may be lost.
// So the sending side is shut down first, and further input is discarded for a while.
//
// Threads: one owner, the HTTP thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/counter.h"
#include "base/unique_fd.h"
#include "server/http/http_page.h"
#include "server/net/event_loop.h"

namespace larder::server {

// Shared by all connections of a server.
struct HttpSite {
  std::vector<HttpPage> pages;
  std::string machine_name;
  base::OwnedCounter replies;
};

class HttpConnection {
 public:
  // The time limit of a request and of its reply, and that of lingering.
  static constexpr int64_t kPatienceMicroseconds = 10'000'000;
  static constexpr int64_t kLingerMicroseconds = 1'000'000;

  // `site` must outlive the connection.  Precondition: the socket is non-blocking.
  HttpConnection(base::UniqueFd socket, HttpSite& site);

  // Starts to call `on_ready`, which should call serve().
  void watch(EventLoop& loop, LoopCallback on_ready, void* context) noexcept {
    watch_.start(loop, fd_.get(), Interest::Readable, on_ready, context);
  }

  // Continues as far as the socket allows.  False if the connection should be closed.
  // Precondition: watch() was called.
  [[nodiscard]] bool serve();

  bool has_replied() const noexcept { return phase_ == Phase::Lingering; }
  bool is_overdue(int64_t now_us) const noexcept { return deadline_us_ <= now_us; }

 private:
  enum class Phase : uint8_t { Reading, Sending, Lingering };

  bool read_request();
  bool answer();
  bool send_reply();
  bool linger();

  base::UniqueFd fd_;
  HttpSite& site_;
  int64_t deadline_us_;
  Phase phase_ = Phase::Reading;
  std::string input_;
  std::string output_;
  size_t sent_size_ = 0;
  size_t discarded_size_ = 0;
  EventLoop::Watch watch_;  // after fd_, so that it is stopped before fd_ is closed
};

}  // namespace larder::server
