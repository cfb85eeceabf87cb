// Clients that watch: the socket becomes the logger's to write to, and stays the worker's to close.
// And what watchers of raw commands are told.
//
// Threads: one owner, the worker; the logger says through the worker's inbox that it is done.
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
  // References outlive this object.
  TurnWatch(Executor& executor, Inbox& inbox) : executor_(executor), inbox_(inbox) {}

  // The request is a Watch, and all replies before it are sent.  The part is stopped for good, or
  // the client is told why it cannot watch.
  void start(TurnPart& part, const protocol::Request& request, Outbox& replies);

  bool wants_raw_commands() const noexcept {
    return executor_.watch_writer().wants(protocol::watch::kRawCommands);
  }
  // `head`: as the client has sent it, without a value.
  void tell_raw_command(const TurnPart& part, std::string_view head);
  // Of the part's input.
  [[gnu::cold]] void tell_raw_entry(const TurnPart& part, const TurnEntry& entry);

 private:
  Executor& executor_;
  Inbox& inbox_;
};

}  // namespace larder::server
