// Clients that watch: the socket becomes the logger's to write to, and stays the worker's to close.
//
// Threads: one owner, the worker; the logger says through the worker's inbox that it is done.
#pragma once

#include "protocol/request.h"
#include "server/command/executor.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnWatch {
 public:
  // References outlive this object.
  TurnWatch(Executor& executor, Inbox& inbox) : executor_(executor), inbox_(inbox) {}

  // The request is a Watch, and all replies before it are sent.  The part is stopped for good, or
  // the client is told why it cannot watch.
  void start(TurnPart& part, const protocol::Request& request, Outbox& replies);

 private:
  Executor& executor_;
  Inbox& inbox_;
};

}  // namespace larder::server
