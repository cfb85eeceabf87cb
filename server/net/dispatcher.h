// Chooses the worker for each accepted socket: the one with the fewest connections, and of equals
// the one that accepted it, which costs no other thread a wake-up.
//
// Threads: workers are added before any of them runs; hand_over() is any thread's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/net/inbox.h"

namespace larder::server {

// What the dispatcher knows of a worker; both outlive it.  The dispatcher adds to the count for
// each socket, the worker subtracts when it has closed it.
struct WorkerDoor {
  Inbox* inbox;
  std::atomic<uint32_t>* connection_count;
};

class Dispatcher {
 public:
  // Workers are numbered in this order, from 0.
  void add(WorkerDoor worker) { workers_.push_back(worker); }

  // Counts `socket` for the worker that is to have it.  True: that is another one, who has it now.
  // False: it is for the worker `home`, which accepted it, and is as it was; so it is too when the
  // other one's inbox is full or closed.
  bool hand_over(AcceptedSocket& socket, size_t home);

 private:
  size_t least_loaded(size_t first) const noexcept;

  std::vector<WorkerDoor> workers_;
};

}  // namespace larder::server
