// A crawl that somebody asked for: it takes the dead items of some classes out of the store, even
// those that the store has not found yet by itself.
//
// Threads: step() the control thread's; the rest any thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "slab/store.h"

namespace larder::server {

class Crawler {
 public:
  // Looked at in one step: about a millisecond's work.
  static constexpr size_t kChunksPerStep = 32'768;

  // Begins a crawl over `classes`.  False if one is on its way.
  [[nodiscard]] bool start(const slab::ClassSet& classes);
  // Leaves the one that is on its way, if any.
  void stop();

  // Ten times a second.
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
