// Keeps a Client up to date on a background thread: polls for the list of nodes, if the client uses
// discovery, and readmits ejected nodes that respond again.  Without a BackgroundPoller, this
// happens only in the application's calls of Client::poll() and in operations.
//
// Threads: one thread creates and destroys it; everything else runs on its own thread.
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
  // Called for each poll that fails, on the poller's thread.
  using OnFailure = std::function<void(const Error&)>;

  // Starts the thread.  It polls immediately and then at each `interval`, which is at least 10 ms;
  // between polls it probes ejected nodes once a second.  `client` must outlive the poller.
  BackgroundPoller(Client& client, std::chrono::milliseconds interval, OnFailure on_failure = {});
  // Waits for a poll in progress, which takes up to the client's timeouts for each node.
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
  std::thread thread_;  // last member: the thread uses the others
};

}  // namespace larder::client
