// Watching clients: the logger thread writes to their sockets; the worker still closes them.  Also
// records raw commands for watchers.
//
// Threads: one owner, the worker; the logger notifies it through the worker's inbox.
#pragma once

#include <string_view>

#include "protocol/request.h"
#include "server/command/executor.h"
#include "server/net/inbox.h"
#include "server/net/outbox.h"
#include "server/worker/turn_batch.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnWatch {
 public:
  // References must outlive this object.
  TurnWatch(Executor& executor, Inbox& inbox) : executor_(executor), inbox_(inbox) {}

  // Precondition: the request is a Watch, and all earlier replies have been sent.  Stops the part
  // permanently, or sends the client the reason why it cannot watch.
  void start(TurnPart& part, const protocol::Request& request, Outbox& replies);

  bool wants_raw_commands() const noexcept {
    return executor_.watch_writer().wants(protocol::watch::kRawCommands);
  }
  // `head` is the request as received, without its value.
  void tell_raw_command(const TurnPart& part, std::string_view head);
  // Precondition: the entry was parsed from the part's input.
  [[gnu::cold]] void tell_raw_entry(const TurnPart& part, const TurnEntry& entry);

 private:
  Executor& executor_;
  Inbox& inbox_;
};

}  // namespace larder::server
