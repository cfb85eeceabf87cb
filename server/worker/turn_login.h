// Clients that have to log in: all they may say is who they are, and so often.
//
// Threads: one owner, the worker.  SASL's answers are made on another thread and come back through
// the worker's inbox.
#pragma once

#include <cstddef>

#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "server/auth/authentication.h"
#include "server/command/executor.h"
#include "server/log/log.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/support/worker_counters.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnLogin {
 public:
  // References outlive this object.  `inbox`: where answers to logins are left for this worker.
  TurnLogin(Executor& executor, WorkerCounters& counters, const Authentication& authentication,
            Inbox& inbox, Log& log)
      : executor_(executor),
        counters_(counters),
        authentication_(authentication),
        inbox_(inbox),
        log_(log) {}

  // Of one who has to log in: false if this request was too many.  Probes that ask for the version
  // may do so for ever.
  static bool count_attempt(Connection& connection, const protocol::Parsed& parsed,
                            const protocol::Request& request);

  // A login, before which all is executed.  True if the connection may go on at
  // once; else its part is stopped, until answer() or because it was refused too often.
  bool begin(TurnPart& part, const protocol::Login& said, Outbox& replies);

  // What the service has answered is told.  False if this was the end of the connection.
  bool resume(TurnPart& part, Outbox& replies);

 private:
  bool end_attempt(TurnPart& part, bool is_let_in, Outbox& replies);

  Executor& executor_;
  WorkerCounters& counters_;
  const Authentication& authentication_;
  Inbox& inbox_;
  Log& log_;
};

}  // namespace larder::server
