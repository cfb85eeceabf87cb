// Takes dead items out of the store before a write needs their memory: all of them once in a while,
// and those of some classes when somebody asks.
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
  // Looked at in one step: a tenth of a millisecond's work, and a whole one when somebody waits.
  static constexpr size_t kChunksPerStep = 4096;
  static constexpr size_t kChunksPerStepAsked = 32'768;
  // Between the end of a crawl and the next that begins by itself.
  static constexpr base::Time kPauseSeconds = 60;

  // Begins a crawl over `classes`, instead of one that has begun by itself.  False if one that
  // somebody asked for is on its way.
  [[nodiscard]] bool start(const slab::ClassSet& classes);
  // Leaves the one that is on its way, if any.
  void stop();

  // Ten times a second.  `starts_itself`: whether to begin one if it is time.
  void step(slab::Store& store, slab::ThreadCache& cache, bool starts_itself, base::Time now);

  bool is_running() const;
  uint64_t start_count() const;

 private:
  enum class State : uint8_t { Resting, ByItself, Asked };

  void begin(State state, const slab::ClassSet& classes);

  mutable std::mutex mutex_;  // guards what follows
  State state_ = State::Resting;
  slab::ClassSet classes_;
  slab::WalkPlace place_;
  base::Time next_at_ = base::Clock::kStartSeconds + kPauseSeconds;
  uint64_t start_count_ = 0;
};

}  // namespace larder::server
