// One turn of a worker over the connections that are ready: read them, parse and execute all
// complete requests (in order per connection), then send.
//
// Connections are taken in groups that fit the buffers.  Requests of a group are executed in
// batches, so that the cache misses of their lookups overlap; the replies of a connection lie
// together in the outbox and leave in one send().
//
// What has a state or a subject of its own is a class of its own: TurnInput reads, TurnBatch holds
// requests until they are executed, TurnOutput sends, TurnLatency measures, TurnUpload has large
// values, TurnLogin logins, TurnWatch watchers, TurnCut replies that are made in pieces.  None of
// them knows Turn: it executes what has to be executed before it calls them.
//
// Threads: one owner, the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "protocol/parse.h"
#include "server/auth/authentication.h"
#include "server/command/executor.h"
#include "server/log/log.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"
#include "server/worker/connection.h"
#include "server/worker/turn_batch.h"
#include "server/worker/turn_cut.h"
#include "server/worker/turn_input.h"
#include "server/worker/turn_latency.h"
#include "server/worker/turn_login.h"
#include "server/worker/turn_output.h"
#include "server/worker/turn_part.h"
#include "server/worker/turn_upload.h"
#include "server/worker/turn_watch.h"

namespace larder::server {

class Turn {
 public:
  // All outlive the turn.
  struct Context {
    Executor& executor;
    ClockFollower& clock;
    WorkerCounters& counters;
    const Authentication& authentication;
    Inbox& inbox;  // where answers to logins are left for this worker; see answer_login()
    Log& log;      // of slow requests, if latency is measured, and of clients that are not let in
    uint32_t requests_max;  // after that many of one connection others come first (-R)
    bool measures_latency;  // counters.latencies are kept
  };

  explicit Turn(const Context& context);

  // Serves each connection once.
  void serve(std::span<Connection* const> ready);

  // To be told in the next turn, in which the connection has to be among the ready.
  static void answer_login(Connection& connection, SaslReply reply);

  // Connections to be closed, and those that want another turn without a new event.
  // The caller empties both.
  std::vector<Connection*>& finished() noexcept { return finished_; }
  std::vector<Connection*>& unfinished() noexcept { return unfinished_; }

 private:
  void serve_one(Connection& connection);
  bool resume_backlog(Connection& connection);
  bool resume_cut_request(uint32_t part_number);

  bool parse_one(uint32_t part_number);
  bool skip_malformed(uint32_t part_number, const protocol::Parsed& parsed);
  bool add_request(uint32_t part_number, const protocol::Parsed& parsed);
  void add_complaint(uint32_t part_number, protocol::Complaint complaint,
                     const protocol::ReplyStyle& style, bool closes, uint32_t head_size = 0);
  bool yield(uint32_t part_number);
  bool skip(uint32_t part_number);
  bool begin_upload(uint32_t part_number, const protocol::Parsed& parsed);
  bool feed_upload(uint32_t part_number);
  bool log_in(uint32_t part_number, const protocol::Parsed& parsed);

  void execute_batch();
  bool execute_before(uint32_t part_number);
  void execute(TurnEntry& entry);
  bool start_watching(TurnEntry& entry);
  void begin_output(uint32_t part_number);

  void finish_group();
  void finish_part(TurnPart& part);

  Executor& executor_;
  ClockFollower& clock_;
  WorkerCounters& counters_;
  const uint32_t requests_max_;
  std::vector<TurnPart> parts_;
  TurnBatch batch_;
  TurnInput input_;
  TurnLatency latency_;
  TurnOutput output_;
  TurnUpload upload_;
  TurnLogin login_;
  TurnWatch watch_;
  TurnCut cut_;
  std::vector<Connection*> finished_;
  std::vector<Connection*> unfinished_;
};

}  // namespace larder::server
