#include "server/dispatcher.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assertions.h"

namespace larder::server {

size_t least_loaded(std::span<const uint32_t> loads, size_t first) noexcept {
  DEBUG_ASSERT(first < loads.size());
  size_t best = first;
  for (size_t step = 1; step < loads.size(); ++step) {
    const size_t index = (first + step) % loads.size();
    if (loads[index] < loads[best]) best = index;
  }
  return best;
}

Dispatcher::Dispatcher(std::vector<WorkerDoor> workers)
    : workers_(std::move(workers)), loads_(workers_.size()) {
  ASSERT(!workers_.empty());
}

bool Dispatcher::has_room() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const WorkerDoor& worker) { return worker.inbox->has_room(); });
}

void Dispatcher::dispatch(AcceptedSocket socket) {
  constexpr uint32_t kFull = std::numeric_limits<uint32_t>::max();
  for (size_t index = 0; index < workers_.size(); ++index) {
    const WorkerDoor& worker = workers_[index];
    const bool has_room = worker.inbox->has_room();
    loads_[index] = has_room ? worker.connection_count->load(std::memory_order_relaxed) : kFull;
  }
  const size_t chosen = least_loaded(loads_, next_);
  next_ = (chosen + 1) % workers_.size();
  // Counted before the push: the worker may have closed the connection before push() returns.
  workers_[chosen].connection_count->fetch_add(1);
  ASSERT(workers_[chosen].inbox->push(std::move(socket)));
}

uint64_t Dispatcher::connection_count() const noexcept {
  uint64_t count = 0;
  for (const WorkerDoor& worker : workers_) count += worker.connection_count->load();
  return count;
}

}  // namespace larder::server
