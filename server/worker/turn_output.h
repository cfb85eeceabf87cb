// The sending half of a turn: the replies of a connection lie together in the outbox and leave in
// one send().  What a client does not take becomes its backlog.
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
  // References outlive this object.
  TurnOutput(WorkerCounters& counters, TurnLatency& latency);

  Outbox& replies() noexcept { return replies_; }
  // There are so many replies that they should be sent before others are made.
  bool is_full() const noexcept { return replies_.bytes().size() >= kFlushSize; }

  // What is appended from now on is for the part of that number.  False if it was before.
  bool begin(uint32_t part) {
    if (!runs_.empty() && runs_.back().part == part) return false;
    runs_.push_back({part, replies_.mark()});
    return true;
  }

  // Sends all there is.  `parts`: of the group.
  void send(std::span<TurnPart> parts);

  // Sends more of a connection's backlog, which stays even if all of it is gone.
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
