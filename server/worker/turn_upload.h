// Values that did not arrive completely with their head: reads them into their items, or skips
// them.
//
// Threads: one owner, the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/complaint.h"
#include "protocol/request.h"
#include "server/command/executor.h"
#include "server/net/outbox.h"
#include "server/worker/turn_input.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnUpload {
 public:
  // The reply after a value has been skipped.
  struct Answer {
    protocol::Complaint complaint = protocol::Complaint::None;  // None: no reply
    protocol::ReplyStyle style = {};
  };

  // References must outlive this object.
  TurnUpload(Executor& executor, TurnInput& input) : executor_(executor), input_(input) {}

  // Whether an incomplete value is kept together with its head until it is complete.
  bool waits_whole(const protocol::Request& request, size_t value_size) const;

  // Called when the head of a large, incomplete value has been parsed: the following bytes go
  // directly into its item, or are skipped if the value cannot be stored.
  void begin(TurnPart& part, const protocol::Request& request);
  // Consumes input of the value, and replies at its end.  False if there is no more input.
  bool feed(TurnPart& part, Outbox& replies);

  // Like upstream, reads a refused value to its end before the error is sent: a client that sends
  // everything before it reads gets its reply when it expects one.
  static void start_skipping(ConnectionInput& input, uint64_t size, protocol::Complaint then_answer,
                             const protocol::ReplyStyle& style);
  // Nothing if the input ends before the value does.
  static std::optional<Answer> skip(TurnPart& part);

 private:
  Executor& executor_;
  TurnInput& input_;
};

}  // namespace larder::server
