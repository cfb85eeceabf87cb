// Chooses the worker for each accepted socket: the one with the fewest connections.
//
// Threads: dispatch() and has_room() are the control thread's, connection_count() is any thread's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "server/inbox.h"

namespace larder::server {

// What the dispatcher knows of a worker; both outlive it.  The dispatcher adds to the count when it
// hands a socket over, the worker subtracts when it has closed it.
struct WorkerDoor {
  Inbox* inbox;
  std::atomic<uint32_t>* connection_count;
};

// The index of the smallest load; among equals the first at or after `first`, cyclically.
// Precondition: `loads` is not empty and `first` is an index of it.
size_t least_loaded(std::span<const uint32_t> loads, size_t first) noexcept;

class Dispatcher {
 public:
  // Precondition: at least one worker.
  explicit Dispatcher(std::vector<WorkerDoor> workers);

  // Whether dispatch() would find a worker with room in its inbox.
  bool has_room() const;

  // Precondition: has_room().
  void dispatch(AcceptedSocket socket);

  // Connections of all workers, with those still in an inbox.
  uint64_t connection_count() const noexcept;

 private:
  std::vector<WorkerDoor> workers_;
  std::vector<uint32_t> loads_;  // of this dispatch; kept for its memory
  size_t next_ = 0;              // where equal loads are resolved next: rotates
};

}  // namespace larder::server
