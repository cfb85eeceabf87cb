#include "server/admin/crawler.h"

namespace larder::server {

bool Crawler::start(const slab::ClassSet& classes) {
  std::lock_guard lock(mutex_);
  if (is_running_) return false;
  is_running_ = true;
  classes_ = classes;
  place_ = {};
  ++start_count_;
  return true;
}

void Crawler::stop() {
  std::lock_guard lock(mutex_);
  is_running_ = false;
}

void Crawler::step(slab::Store& store, slab::ThreadCache& cache, base::Time now) {
  std::lock_guard lock(mutex_);
  if (!is_running_) return;
  is_running_ = store.maintenance().reclaim_dead(cache, place_, classes_, kChunksPerStep, now);
}

bool Crawler::is_running() const {
  std::lock_guard lock(mutex_);
  return is_running_;
}

uint64_t Crawler::start_count() const {
  std::lock_guard lock(mutex_);
  return start_count_;
}

}  // namespace larder::server
