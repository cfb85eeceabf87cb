// State shared by the acceptors of all workers: the number of clients and its limit, and whether
// accepting is paused.
//
// Threads: any.  One atomic read-modify-write when a client connects and one when it disconnects; a
// mutex, acquired last, only while accepting is paused.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/counter.h"
#include "server/net/event_loop.h"

namespace larder::server {

struct AcceptLimits {
  uint32_t connection_count_max = 1024;
  bool refuses_excess_connections = true;  // false: wait until a client disconnects
};

class AcceptGate {
 public:
  explicit AcceptGate(const AcceptLimits& limits) : limits_(limits) {}
  AcceptGate(const AcceptGate&) = delete;
  AcceptGate& operator=(const AcceptGate&) = delete;

  // Counts another client; false if the limit has been reached.
  bool admit() noexcept;
  // Undoes admit(), because the client did not connect after all.
  void withdraw() noexcept { connection_count_.fetch_sub(1); }
  // An admitted client has disconnected.  Wakes the acceptors that wait for room.
  void depart() noexcept;

  // Whether an acceptor should not accept now.
  bool is_full() const noexcept {
    return !limits_.refuses_excess_connections &&
           connection_count() >= limits_.connection_count_max;
  }
  bool refuses_excess_connections() const noexcept { return limits_.refuses_excess_connections; }
  uint32_t connection_count() const noexcept { return connection_count_.load(); }

  // pause(): an acceptor stops accepting until `room` is notified; resume(): it accepts again.  It
  // pauses at most once before it resumes, and `room` stays started meanwhile.
  void pause(Wakeup& room);
  void resume(Wakeup& room);

  bool is_accepting() const noexcept { return paused_count_.load() == 0; }
  // How often accepting was paused, not counting pauses within a pause.
  uint64_t pause_count() const noexcept { return pause_count_.get(); }
  // The total duration of pauses, including the current one.
  uint64_t paused_us() const;

 private:
  const AcceptLimits limits_;
  std::atomic<uint32_t> connection_count_{0};
  std::atomic<uint32_t> paused_count_{0};  // acceptors; written under mutex_
  mutable std::mutex mutex_;
  std::vector<Wakeup*> waiting_;    // guarded by mutex_; one for each paused acceptor
  int64_t paused_since_us_ = 0;     // guarded by mutex_
  base::OwnedCounter pause_count_;  // written under mutex_
  base::OwnedCounter paused_us_;    // written under mutex_
};

}  // namespace larder::server
