// Logins: what a client that is not logged in may send, how often, and what it is answered.
//
// Threads: one owner, the worker.  SASL's answers are made on another thread and come back through
// the worker's inbox.
#pragma once

#include <cstddef>

#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "server/auth/authentication.h"
#include "server/log/log.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/support/worker_counters.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnLogin {
 public:
  // References outlive this object.  `inbox`: where answers to logins are left for this worker.
  TurnLogin(WorkerCounters& counters, const Authentication& authentication, Inbox& inbox, Log& log)
      : counters_(counters), authentication_(authentication), inbox_(inbox), log_(log) {}

  // Counts a request of a client that is not logged in.  False if it was one too many.  The version
  // may be asked for without limit: health checks do.
  static bool count_attempt(Connection& connection, const protocol::Parsed& parsed,
                            const protocol::Request& request);

  // For the parser: where it puts a login.
  protocol::Login& parsed() noexcept { return parsed_; }

  // Precondition: the login was parsed last, and all before it is executed.  True if the connection
  // may go on at once; else its part is stopped, until the login service has answered or for good,
  // because the client was refused too often.
  bool begin(TurnPart& part, Outbox& replies);

  // Sends the client what the login service has answered.  False if the connection ends.
  bool resume(TurnPart& part, Outbox& replies);

 private:
  // `user`: who it is, if it is let in.
  bool end_attempt(TurnPart& part, bool is_let_in, std::string_view user, Outbox& replies);

  WorkerCounters& counters_;
  const Authentication& authentication_;
  Inbox& inbox_;
  Log& log_;
  protocol::Login parsed_;
};

}  // namespace larder::server
