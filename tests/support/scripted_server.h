// A server that is scripted by the test: it listens on loopback and runs a script for each
// connection.
//
// Threads: created and destroyed by one; each script runs on a thread of its own and so must not
// use Catch2's checks.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/assertions.h"
#include "base/unique_fd.h"
#include "client/address.h"

namespace larder::support {

// The server's end of one connection.
class ScriptedPeer {
 public:
  ScriptedPeer(int fd, size_t number) : fd_(fd), number_(number) {}

  size_t number() const { return number_; }  // of the connection: 0, 1, ...

  // The next line without its line end; empty when the client has closed.
  std::string line() {
    std::string text;
    for (char byte = 0; ::recv(fd_, &byte, 1, 0) == 1;) {
      if (byte == '\n') {
        if (!text.empty() && text.back() == '\r') text.pop_back();
        return text;
      }
      text += byte;
    }
    return {};
  }
  void say(std::string_view text) const {
    // Errors are ignored, because the client may have closed, which some scripts expect.
    (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  // Reads and discards input until the client closes.
  void drain() {
    char bytes[4096];
    while (::recv(fd_, bytes, sizeof bytes, 0) > 0) continue;
  }

 private:
  int fd_;
  size_t number_;
};

// The opaque token of a meta request, with its letter: "O12".
inline std::string opaque_of(const std::string& line) {
  const size_t place = line.rfind(" O");
  return place == std::string::npos ? "" : line.substr(place + 1);
}

class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedPeer&)>;

  // The connection is closed when its script returns.
  explicit ScriptedServer(Script script, uint16_t port = 0) : script_(std::move(script)) {
    listener_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    ASSERT(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&place), size) == 0);
    ASSERT(::listen(listener_.get(), 64) == 0);
    ASSERT(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&place), &size) == 0);
    address_.host = "127.0.0.1";
    address_.port = ntohs(place.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  // Shuts down the connections.  Scripts that wait for something else must end by themselves.
  ~ScriptedServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const base::UniqueFd& fd : connections_) ::shutdown(fd.get(), SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }

  const client::Address& address() const { return address_; }
  // Whether there have been exactly `count` connections.  Waits, because a client sees a connection
  // before the server has accepted it.
  bool has_had(size_t count) const {
    for (int i = 0; i < 2000 && connection_count_ < count; ++i) pause();
    pause();
    return connection_count_ == count;
  }

 private:
  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }

  void accept_all() {
    for (;;) {
      base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) return;
      const size_t number = connection_count_++;
      const int raw = fd.get();
      {
        const std::lock_guard lock(mutex_);
        connections_.push_back(std::move(fd));
      }
      threads_.emplace_back([this, raw, number] {
        ScriptedPeer peer(raw, number);
        script_(peer);
        // Closed with the server, so that the descriptor is not reused before.
        ::shutdown(raw, SHUT_RDWR);
      });
    }
  }

  const Script script_;
  base::UniqueFd listener_;
  client::Address address_;
  std::atomic<size_t> connection_count_{0};
  std::mutex mutex_;
  std::vector<base::UniqueFd> connections_;
  std::vector<std::thread> threads_;  // used by the acceptor until it has ended
  std::thread acceptor_;
};

}  // namespace larder::support
