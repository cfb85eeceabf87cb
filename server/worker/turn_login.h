// Logins: the requests that a client may send before login, their number, and the replies to them.
//
// Threads: one owner, the worker.  SASL's replies are produced on another thread and arrive through
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
  // References must outlive this object.  `inbox` receives the replies to logins for this worker.
  TurnLogin(WorkerCounters& counters, const Authentication& authentication, Inbox& inbox, Log& log)
      : counters_(counters), authentication_(authentication), inbox_(inbox), log_(log) {}

  // Counts a request of a client that is not logged in.  False if the limit is exceeded.  Requests
  // for the version are not limited, because health checks use them.
  static bool count_attempt(Connection& connection, const protocol::Parsed& parsed,
                            const protocol::Request& request);

  // The place where the parser stores a login.
  protocol::Login& parsed() noexcept { return parsed_; }

  // Precondition: the login was parsed last, and all earlier requests are executed.  True if the
  // connection may continue at once; otherwise its part is stopped: until the login service has
  // replied, or permanently because of too many refusals.
  bool begin(TurnPart& part, Outbox& replies);

  // Sends the reply of the login service to the client.  False if the connection ends.
  bool resume(TurnPart& part, Outbox& replies);

 private:
  // `user`: the name, if the login succeeded.
  bool end_attempt(TurnPart& part, bool is_let_in, std::string_view user, Outbox& replies);

  WorkerCounters& counters_;
  const Authentication& authentication_;
  Inbox& inbox_;
  Log& log_;
  protocol::Login parsed_;
};

}  // namespace larder::server
