// What the acceptors of all workers share: how many clients there are and may be, and whether
// accepting is paused.
//
// Threads: any.  One atomic read-modify-write for a client that comes and one for a client that
// leaves; a mutex, a leaf, only while accepting is paused.
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
  bool refuses_excess_connections = true;  // false: wait until one closes
};

class AcceptGate {
 public:
  explicit AcceptGate(const AcceptLimits& limits) : limits_(limits) {}
  AcceptGate(const AcceptGate&) = delete;
  AcceptGate& operator=(const AcceptGate&) = delete;

  // Lets one more client in, unless there are as many as may be.
  bool admit() noexcept;
  // One that was let in did not come after all.
  void withdraw() noexcept { connection_count_.fetch_sub(1); }
  // One that was let in has gone.  Wakes those who wait for room.
  void depart() noexcept;

  // Whether there is no use in accepting.
  bool is_full() const noexcept {
    return !limits_.refuses_excess_connections &&
           connection_count() >= limits_.connection_count_max;
  }
  bool refuses_excess_connections() const noexcept { return limits_.refuses_excess_connections; }
  uint32_t connection_count() const noexcept { return connection_count_.load(); }

  // An acceptor stops accepting until `room` is notified, or begins again.  It pauses at most once
  // before it resumes, and `room` stays started meanwhile.
  void pause(Wakeup& room);
  void resume(Wakeup& room);

  bool is_accepting() const noexcept { return paused_count_.load() == 0; }
  // How often accepting was paused while it was not paused already.
  uint64_t pause_count() const noexcept { return pause_count_.get(); }
  // For how long, the present pause included.
  uint64_t paused_us() const;

 private:
  const AcceptLimits limits_;
  std::atomic<uint32_t> connection_count_{0};
  std::atomic<uint32_t> paused_count_{0};  // acceptors; written under mutex_
  mutable std::mutex mutex_;
  std::vector<Wakeup*> waiting_;    // guarded by mutex_; one for each that is paused
  int64_t paused_since_us_ = 0;     // guarded by mutex_
  base::OwnedCounter pause_count_;  // written under mutex_
  base::OwnedCounter paused_us_;    // written under mutex_
};

}  // namespace larder::server
