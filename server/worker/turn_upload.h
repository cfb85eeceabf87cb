// Values that have not all come with their head: read straight into their items, or skipped.
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
  // What to tell once a value has been skipped.
  struct Answer {
    protocol::Complaint complaint = protocol::Complaint::None;  // None: nothing
    protocol::ReplyStyle style = {};
  };

  // References outlive this object.
  TurnUpload(Executor& executor, TurnInput& input) : executor_(executor), input_(input) {}

  // Whether a value that is not all there stays beside its head until it is.
  bool waits_whole(const protocol::Request& request, size_t value_size) const;

  // The head is parsed and a large value is not all there: from now on bytes go straight to their
  // place, or nowhere if the value cannot be stored.
  void begin(TurnPart& part, const protocol::Request& request);
  // Takes what there is of the value, and tells once it is over.  False if there is no more input.
  bool feed(TurnPart& part, Outbox& replies);

  // Upstream reads a refused value to its end before it says so, and so do we: a client that sends
  // before it reads gets its answer when it expects one.
  static void start_skipping(ConnectionInput& input, uint64_t size, protocol::Complaint then_answer,
                             const protocol::ReplyStyle& style);
  // Nothing if there is more to skip than there is input.
  static std::optional<Answer> skip(TurnPart& part);

 private:
  Executor& executor_;
  TurnInput& input_;
};

}  // namespace larder::server
