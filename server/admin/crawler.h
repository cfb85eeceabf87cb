// A crawl started by a client: removes the dead items of some classes from the store, including
// those that the store's background search has not found yet.
//
// Threads: step() on the control thread; the other methods on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "slab/store.h"

namespace larder::server {

class Crawler {
 public:
  // Chunks examined per step: about a millisecond of work.
  static constexpr size_t kChunksPerStep = 32'768;

  // Starts a crawl over `classes`.  Returns false if one is running.
  [[nodiscard]] bool start(const slab::ClassSet& classes);
  // Stops the running crawl, if any.
  void stop();

  // Call ten times per second.
  void step(slab::Store& store, slab::ThreadCache& cache, base::Time now);

  bool is_running() const;
  uint64_t start_count() const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  bool is_running_ = false;
  slab::ClassSet classes_;
  slab::WalkPlace place_;
  uint64_t start_count_ = 0;
};

}  // namespace larder::server
