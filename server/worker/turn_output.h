// The sending half of a turn: all replies to a connection are contiguous in the outbox and are sent
// by one send().  Bytes that the client's socket does not accept become its backlog.
//
// Threads: one owner, the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/net/outbox.h"
#include "server/support/worker_counters.h"
#include "server/worker/turn_latency.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnOutput {
 public:
  // References must outlive this object.
  TurnOutput(WorkerCounters& counters, TurnLatency& latency);

  Outbox& replies() noexcept { return replies_; }
  // Whether the replies should be sent before more are added.
  bool is_full() const noexcept { return replies_.bytes().size() >= kFlushSize; }

  // The following replies belong to the part with this number.  False if they did already.
  bool begin(uint32_t part) {
    if (!runs_.empty() && runs_.back().part == part) return false;
    runs_.push_back({part, replies_.mark()});
    return true;
  }

  // Sends all replies.  `parts` are those of the group.
  void send(std::span<TurnPart> parts);

  // Sends more of a connection's backlog.  The backlog object stays even if everything has been
  // sent.
  SendOutcome send_backlog(Connection& connection, base::Time now);

 private:
  static constexpr size_t kFlushSize = 64 << 10;

  // Replies to one connection.
  struct Run {
    uint32_t part;
    OutboxMark begin;
  };

  void keep_backlog(Connection& connection, const OutboxMark& begin, const OutboxMark& end,
                    size_t sent);

  WorkerCounters& counters_;
  TurnLatency& latency_;
  Outbox replies_;
  std::vector<Run> runs_;
};

}  // namespace larder::server
