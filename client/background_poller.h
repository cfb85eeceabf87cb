// Keeps a Client up to date from a thread of its own: polls for the list of nodes, if the client
// has discovery, and lets nodes back that answer again.  Without it that is for the application's
// own calls of Client::poll() and for the operations.
//
// Threads: made and destroyed by one; the rest is its own thread's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "client/client.h"
#include "client/error.h"

namespace larder::client {

class BackgroundPoller {
 public:
  // Told of each poll that fails, on the poller's thread.
  using OnFailure = std::function<void(const Error&)>;

  // Starts the thread.  Polls now and after each `interval`, which is 10 ms at least; probes
  // between polls, once a second.  `client` must live longer.
  BackgroundPoller(Client& client, std::chrono::milliseconds interval, OnFailure on_failure = {});
  // Waits for the poll that is under way: up to the client's timeouts for each node.
  ~BackgroundPoller();
  BackgroundPoller(const BackgroundPoller&) = delete;
  BackgroundPoller& operator=(const BackgroundPoller&) = delete;

 private:
  void run();
  bool sleep_until(std::chrono::steady_clock::time_point time);

  Client& client_;
  const std::chrono::milliseconds interval_;
  const OnFailure on_failure_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool is_stopping_ = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace larder::client
