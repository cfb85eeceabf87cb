// One turn of a worker over the connections that are ready: read them, parse and execute all
// complete requests (in order per connection), then send.
//
// Connections are taken in groups that fit the buffers.  Requests of a group are executed in
// batches, so that the cache misses of their lookups overlap; the replies of a connection lie
// together in the outbox and leave in one send().
//
// Threads: one owner, the worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/parse.h"
#include "server/auth/authentication.h"
#include "server/command/executor.h"
#include "server/log/log.h"
#include "server/net/outbox.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"
#include "server/worker/connection.h"

namespace larder::server {

// Input of one group of connections; one connection needs up to the reserve.
inline constexpr size_t kTurnBufferSize = 256 << 10;
inline constexpr size_t kTurnBufferReserve = 24 << 10;

class Turn {
 public:
  // `requests_max`: after that many of one connection others come first (-R).
  // `measures_latency`: counters.latencies are kept.
  // `inbox`: where answers to logins are to be left for this worker; see answer_login().
  // `log`: is told of requests that are slow, which takes `measures_latency`, and of clients
  // that are not let in.
  Turn(Executor& executor, ClockFollower& clock, WorkerCounters& counters,
       const Authentication& authentication, Inbox& inbox, Log& log, uint32_t requests_max,
       bool measures_latency);

  // Serves each connection once.
  void serve(std::span<Connection* const> ready);

  // To be told in the next turn, in which the connection has to be among the ready.
  static void answer_login(Connection& connection, SaslReply reply);

  // Connections to be closed, and those that want another turn without a new event.
  // The caller empties both.
  std::vector<Connection*>& finished() noexcept { return finished_; }
  std::vector<Connection*>& unfinished() noexcept { return unfinished_; }

 private:
  // A connection's part in the group.
  struct Part {
    Connection* connection;
    std::string_view input;  // contiguous: what was left over and what was read now
    size_t parsed = 0;       // bytes of input that entries stand for
    size_t consumed = 0;     // if stopped: bytes of input that are done with
    uint32_t request_count = 0;
    size_t sent = 0;                                     // bytes
    int64_t ready_at = 0;                                // nanoseconds
    std::array<uint32_t, kCommandKindCount> executed{};  // and their time not yet noted
    bool has_answered = false;         // a request of it was executed in this turn
    bool begins_with_request = false;  // the input does; known if slow requests are logged
    bool may_read_on = false;          // what was read is as much as a read may be
    bool is_resumed = false;           // what is executed is resumed_
    bool is_stopped = false;           // nothing more is executed: it blocks, closes or yields
  };

  // A request that waits for its batch.
  struct Entry {
    protocol::Request request;
    std::string_view value;  // with its terminator, or what stands there
    uint64_t hash = 0;
    size_t input_end = 0;  // offset in the part's input behind the request
    uint32_t part = 0;
    bool has_key = false;
    protocol::Complaint complaint = protocol::Complaint::None;  // instead of the command
    bool closes = false;                                        // after the complaint
  };

  struct Outgoing {
    Connection* connection;
    uint32_t part;
    OutboxMark begin;
  };

  void serve_one(Connection& connection);
  bool resume(Connection& connection);
  bool read_input(Part& part);
  bool read_on(Part& part);
  bool read_into_upload(Connection& connection, std::span<char> behind, size_t* behind_size);
  ssize_t receive(Connection& connection, char* to, size_t size);
  ssize_t receive(Connection& connection, std::span<char> to, std::span<char> then_to);
  Sent send(Connection& connection, const Outbox& outbox, const OutboxMark& begin,
            const OutboxMark& end, size_t skip);
  bool check_read(Connection& connection, ssize_t size);

  void parse_input(uint32_t part_number);
  bool parse_one(uint32_t part_number);
  bool add_request(uint32_t part_number, const protocol::Parsed& parsed);
  void add_complaint(uint32_t part_number, protocol::Complaint complaint,
                     const protocol::ReplyStyle& style, bool closes);
  bool skip(uint32_t part_number);
  static void start_skipping(ConnectionInput& input, uint64_t size, protocol::Complaint then_say,
                             const protocol::ReplyStyle& style);
  bool waits_whole(const protocol::Request& request) const;
  bool begin_upload(uint32_t part_number, const protocol::Parsed& parsed);
  bool feed_upload(uint32_t part_number);
  void add_entry(uint32_t part_number);

  bool count_attempt(Connection& connection, const protocol::Parsed& parsed);
  bool log_in(uint32_t part_number, const protocol::Parsed& parsed);
  bool resume_login(uint32_t part_number);
  bool end_attempt(uint32_t part_number, bool is_let_in);
  protocol::Request& spare_request() { return entries_[entry_count_].request; }

  void execute_batch();
  void execute(Entry& entry);
  void prepare(protocol::Request& request, Part& part);
  void hand_over(Entry& entry);
  void stop(Part& part, size_t consumed);
  void keep_cut_request(const Part& part, const protocol::Request& request);
  bool parse_first_request(const Part& part, protocol::Request* request) const;
  std::string first_key_of_part(const Part& part) const;

  void note_request(Connection& connection);
  void note_latencies(Part& part);
  [[gnu::cold]] void tell_slow(const Part& part, uint64_t elapsed_ns);
  void begin_output(uint32_t part_number);
  void send_outgoing();
  void finish_group();
  void finish_part(Part& part);
  void keep_tail(Part& part, std::string_view rest);

  Executor& executor_;
  ClockFollower& clock_;
  WorkerCounters& counters_;
  const Authentication& authentication_;
  Inbox& inbox_;
  Log& log_;
  const uint64_t slow_above_ns_;
  const uint32_t requests_max_;
  const bool measures_latency_;
  int64_t began_at_ = 0;  // nanoseconds; if latency is measured

  std::unique_ptr<char[]> buffer_;  // input of the group
  size_t buffer_used_ = 0;
  Outbox out_;
  std::vector<Part> parts_;
  std::vector<Entry> entries_;  // kBatchMax and one to parse into; reused
  size_t entry_count_ = 0;
  std::vector<Outgoing> outgoing_;
  std::unique_ptr<CutRequest> resumed_;  // the one that is executed now, if it was cut before
  std::vector<Connection*> finished_;
  std::vector<Connection*> unfinished_;
};

}  // namespace larder::server
