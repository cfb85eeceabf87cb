// Watching clients: the logger thread writes to their sockets; the worker still closes them.
//
// Threads: one owner, the worker; the logger notifies it through the worker's inbox.
#pragma once

#include "protocol/request.h"
#include "server/command/executor.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnWatch {
 public:
  // References must outlive this object.
  TurnWatch(Executor& executor, Inbox& inbox) : executor_(executor), inbox_(inbox) {}

  // Precondition: the request is a Watch, and all earlier replies have been sent.  Stops the part
  // permanently, or sends the client the reason why it cannot watch.
  void start(TurnPart& part, const protocol::Request& request, Outbox& replies);

 private:
  Executor& executor_;
  Inbox& inbox_;
};

}  // namespace larder::server
