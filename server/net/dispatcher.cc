#include "server/net/dispatcher.h"

#include <utility>

#include "base/assertions.h"

namespace larder::server {

bool Dispatcher::hand_over(AcceptedSocket& socket, size_t home) {
  DEBUG_ASSERT(home < workers_.size());
  const size_t chosen = least_loaded(home);
  // Incremented before the push, because the worker may close the connection before push() returns.
  workers_[chosen].connection_count->fetch_add(1);
  if (chosen == home) return false;
  if (workers_[chosen].inbox->push(std::move(socket))) return true;
  workers_[chosen].connection_count->fetch_sub(1);
  workers_[home].connection_count->fetch_add(1);
  return false;
}

// Among workers with equal load, the first at or after `first`, cyclically.
size_t Dispatcher::least_loaded(size_t first) const noexcept {
  const auto load_of = [&](size_t worker) {
    return workers_[worker].connection_count->load(std::memory_order_relaxed);
  };
  size_t best = first;
  uint32_t least = load_of(first);
  for (size_t step = 1; step < workers_.size() && least > 0; ++step) {
    const size_t worker = (first + step) % workers_.size();
    if (const uint32_t load = load_of(worker); load < least) {
      best = worker;
      least = load;
    }
  }
  return best;
}

}  // namespace larder::server
