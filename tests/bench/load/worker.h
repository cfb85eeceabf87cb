// One thread's share of the load: some connections, each a loop of batches, closed or paced.
//
// Threads: a Worker is used by one thread at a time, during run() by the thread that called it.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "tests/bench/load/batch.h"
#include "tests/bench/load/checker.h"
#include "tests/bench/load/dialer.h"
#include "tests/bench/load/key_chooser.h"
#include "tests/bench/load/pacer.h"
#include "tests/bench/load/report.h"

namespace larder::bench {

// A stretch of work that begins and ends with no request outstanding.
struct Phase {
  Workload workload = Workload::Get;
  uint32_t keys_per_request = 1;
  uint32_t depth = 1;
  uint64_t operations_max = 0;   // 0: only time ends it
  double seconds = 0;            // 0: only operations_max ends it
  double rate = 0;               // operations per second to be begun; 0: as fast as replies come
  uint64_t reconnect_every = 0;  // operations, after which a connection gives way to a new one
  double silence_seconds = 10;   // without any reply, after which the rest is given up
  bool misses_allowed = false;
};

class Worker {
 public:
  // Takes connected, non-blocking sockets.  `keys` and `checker` must outlive this.
  Worker(const KeySpace& keys, const Checker& checker, std::vector<base::UniqueFd> sockets,
         Dialer dialer);

  // Works until the phase's limits are met, failures pass a bound, or no socket becomes ready
  // for phase.silence_seconds.  A connection whose replies can no longer be told apart is closed
  // for good.
  //
  // With phase.rate every batch has a moment at which it is due, whatever became of the one
  // before.  It is sent then, or when its connection is free, and its latency counts from that
  // moment: a stall delays all that fell due in it, not one batch per connection.  What is
  // still unsent when the phase has taken twice its time is never sent, and is failures.
  Report run(const Phase& phase, KeyChooser chooser);

 private:
  struct Connection {
    base::UniqueFd socket;
    Batch batch;
    std::string tail;  // the start of a reply whose rest has not come
    size_t sent_size = 0;
    size_t next_part = 0;
    uint64_t begin_nanoseconds = 0;
    uint64_t next_slot = 0;         // paced: of the batch that is due next
    uint64_t operations_begun = 0;  // since it was opened
    bool waits_to_send = false;

    bool is_busy() const noexcept { return next_part < batch.parts.size(); }
  };

  void begin_phase(const Phase& phase, KeyChooser chooser);
  int wait(epoll_event* events) const;
  void begin_due_batches();
  void begin_batch(Connection& connection);
  void reconnect(Connection& connection);
  void send(Connection& connection);
  void receive(Connection& connection);
  size_t take_replies(Connection& connection, std::string_view received);
  void lose(Connection& connection, std::string_view why, std::string_view received);
  void watch_first(Connection& connection);
  void watch(Connection& connection, bool for_sending);
  bool may_begin(const Connection& connection) const noexcept;
  bool is_work_left() const noexcept;
  void count_unsent();
  uint64_t operations_per_batch() const noexcept;

  const KeySpace& keys_;
  const Checker& checker_;
  Dialer dialer_;
  base::UniqueFd epoll_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;

  // Of the phase that runs.
  Phase phase_;
  KeyChooser chooser_{0};
  Report report_;
  Pacer pacer_;
  uint64_t next_slot_ = 0;  // paced: whose turn comes next
  uint64_t batches_begun_ = 0;
  uint64_t operations_begun_ = 0;
  uint64_t stop_nanoseconds_ = 0;  // 0: no time limit
  uint64_t now_ = 0;               // taken anew for every ready connection
  size_t busy_count_ = 0;
};

}  // namespace larder::bench
