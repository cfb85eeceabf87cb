// Chooses the worker for each accepted socket: the one with the fewest connections.  Among equals
// it prefers the worker that accepted the socket, because then no other thread has to be woken.
//
// Threads: workers are added before any of them runs; hand_over() may be called from any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/net/inbox.h"

namespace larder::server {

// The parts of a worker that the dispatcher uses; both must outlive it.  The dispatcher increments
// the count for each socket, and the worker decrements it after closing the connection.
struct WorkerDoor {
  Inbox* inbox;
  std::atomic<uint32_t>* connection_count;
};

class Dispatcher {
 public:
  // Workers are numbered from 0 in this order.
  void add(WorkerDoor worker) { workers_.push_back(worker); }

  // Counts `socket` for the worker that is to serve it.  True: it was moved to another worker.
  // False: the worker `home`, which accepted it, keeps it, and it is unchanged; this is also the
  // result if the other worker's inbox is full or closed.
  bool hand_over(AcceptedSocket& socket, size_t home);

 private:
  size_t least_loaded(size_t first) const noexcept;

  std::vector<WorkerDoor> workers_;
};

}  // namespace larder::server
