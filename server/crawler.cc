#include "server/crawler.h"

namespace larder::server {

void Crawler::begin(State state, const slab::ClassSet& classes) {
  state_ = state;
  classes_ = classes;
  place_ = {};
  ++start_count_;
}

bool Crawler::start(const slab::ClassSet& classes) {
  std::lock_guard lock(mutex_);
  if (state_ == State::Asked) return false;
  begin(State::Asked, classes);
  return true;
}

void Crawler::stop() {
  std::lock_guard lock(mutex_);
  state_ = State::Resting;
}

void Crawler::step(slab::Store& store, slab::ThreadCache& cache, bool starts_itself,
                   base::Time now) {
  std::lock_guard lock(mutex_);
  if (state_ == State::Resting) {
    if (!starts_itself || now < next_at_) return;
    begin(State::ByItself, slab::ClassSet().set());
  }
  const size_t chunk_count_max = state_ == State::Asked ? kChunksPerStepAsked : kChunksPerStep;
  if (store.reclaim_dead(cache, place_, classes_, chunk_count_max, now)) return;
  state_ = State::Resting;
  next_at_ = now + kPauseSeconds;
}

bool Crawler::is_running() const {
  std::lock_guard lock(mutex_);
  return state_ != State::Resting;
}

uint64_t Crawler::start_count() const {
  std::lock_guard lock(mutex_);
  return start_count_;
}

}  // namespace larder::server
