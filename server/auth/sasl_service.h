// A thread that processes SASL requests, so that no worker blocks on a directory server, a daemon
// or a file.
//
// Requests are processed one at a time, in order.  A client has at most one request in progress, so
// the number of connections limits the length of the queue.
//
// Threads: submit() from any; replies are delivered on the service's thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "protocol/login_commands.h"
#include "server/auth/sasl_session.h"

namespace larder::server {

struct SaslJob {
  SaslSession* session;  // used only by the service until on_done has been called
  protocol::SaslRequest::Kind kind;
  std::string mechanism;
  std::string data;
  std::function<void(SaslReply)> on_done;
};

class SaslService {
 public:
  // The time limit for the request in progress when the server stops; after it the process exits.
  static constexpr int kStopSeconds = 5;

  SaslService();
  // Precondition: stopped, or not known to any other thread.
  ~SaslService();
  SaslService(const SaslService&) = delete;
  SaslService& operator=(const SaslService&) = delete;

  // After stop(), requests get no reply.
  void submit(SaslJob job);

  // Finishes the request in progress; queued requests get no reply.  Called by one thread, once.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SaslJob> jobs_;  // guarded by mutex_
  bool is_stopping_ = false;  // guarded by mutex_
  bool has_ended_ = false;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace larder::server
