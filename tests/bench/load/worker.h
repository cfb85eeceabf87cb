// One thread's share of the load: some connections, each a closed loop of batches.
//
// Threads: a Worker is used by one thread at a time, during run() by the thread that called it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "tests/bench/load/batch.h"
#include "tests/bench/load/checker.h"
#include "tests/bench/load/histogram.h"
#include "tests/bench/load/key_chooser.h"

namespace larder::bench {

// A stretch of work that begins and ends with no request outstanding.
struct Phase {
  Workload workload = Workload::Get;
  uint32_t keys_per_request = 1;
  uint32_t depth = 1;
  uint64_t operations_max = 0;  // 0: only time ends it
  double seconds = 0;           // 0: only operations_max ends it
  double silence_seconds = 10;  // without any reply, after which the rest is given up
  bool misses_allowed = false;
};

// What one worker did in one phase; times are of the steady clock.
struct Report {
  uint64_t operations = 0;  // answered as wanted, or missed where that is allowed
  uint64_t misses = 0;
  uint64_t failures = 0;  // every other request that was sent
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t begin_nanoseconds = 0;
  uint64_t end_nanoseconds = 0;
  Histogram latency;  // from the start of its batch to the read that completed the reply
  std::string first_failure;

  void merge(const Report& other);
};

class Worker {
 public:
  // Takes connected, non-blocking sockets.  `keys` and `checker` must outlive this.
  Worker(const KeySpace& keys, const Checker& checker, std::vector<base::UniqueFd> sockets);

  // Works until the phase's limits are met, failures pass a bound, or no socket becomes ready
  // for phase.silence_seconds.  A connection whose replies can no longer be told apart is closed
  // for good.
  Report run(const Phase& phase, KeyChooser chooser);

 private:
  struct Connection {
    base::UniqueFd socket;
    Batch batch;
    std::string tail;  // the start of a reply whose rest has not come
    size_t sent_size = 0;
    size_t next_part = 0;
    uint64_t begin_nanoseconds = 0;
    bool waits_to_send = false;

    bool is_busy() const noexcept { return next_part < batch.parts.size(); }
  };

  void begin_batch(Connection& connection);
  void send(Connection& connection);
  void receive(Connection& connection);
  size_t take_replies(Connection& connection, std::string_view received);
  void fail(std::string_view what, std::string_view got);
  void lose(Connection& connection, std::string_view why, std::string_view received);
  void watch(Connection& connection, bool for_sending);
  bool may_begin() const noexcept;

  const KeySpace& keys_;
  const Checker& checker_;
  base::UniqueFd epoll_;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;

  // Of the phase that runs.
  Phase phase_;
  KeyChooser chooser_{0};
  Report report_;
  uint64_t operations_begun_ = 0;
  uint64_t stop_nanoseconds_ = 0;  // 0: no time limit
  uint64_t now_ = 0;               // taken anew for every ready connection
  size_t busy_count_ = 0;
};

}  // namespace larder::bench
