// A thread that answers SASL requests, so that no worker waits for a directory, a daemon or a file.
//
// Requests are answered one after the other, in order.  A client has at most one of them under way,
// so what waits is bounded by the number of connections.
//
// Threads: submit() from any; the answers come in the service's own.
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
  SaslSession* session;  // nobody else's until on_done has been called
  protocol::SaslRequest::Kind kind;
  std::string mechanism;
  std::string data;
  std::function<void(SaslReply)> on_done;
};

class SaslService {
 public:
  // The request at hand may take this long when the server stops; then the process ends at once.
  static constexpr int kStopSeconds = 5;

  SaslService();
  // Precondition: stopped, or nobody else knows it.
  ~SaslService();
  SaslService(const SaslService&) = delete;
  SaslService& operator=(const SaslService&) = delete;

  // After stop() nothing is answered any more.
  void submit(SaslJob job);

  // Finishes the request at hand; those that wait are never answered.  One thread, once.
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
