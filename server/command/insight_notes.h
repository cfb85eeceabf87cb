// Passes executed requests to Insight.
//
// Threads: one owner, the worker.
#pragma once

#include "base/clock.h"
#include "server/insight/insight.h"
#include "server/support/command_kind.h"
#include "slab/store.h"

namespace larder::server {

class InsightNotes {
 public:
  // All arguments must outlive it.  `insight` is null if nothing is estimated.
  InsightNotes(slab::Store& store, slab::ThreadCache& cache, WorkerInsight* insight)
      : store_(store), cache_(cache), insight_(insight) {}

  bool is_on() const noexcept { return insight_ != nullptr; }

  void begin_request() noexcept { was_created_ = false; }
  // Whether a get has found an item that it has created itself.
  void set_created(bool was_created) noexcept { was_created_ = was_created; }

  // Precondition of these: is_on().  If count() returns true, sample() must be called.
  bool count(CommandKind kind, uint64_t hash) noexcept { return insight_->note(kind, hash); }
  void sample(CommandKind kind, const slab::Key& key, base::Time now);
  void note(CommandKind kind, const slab::Key& key, base::Time now) {
    if (count(kind, key.hash)) sample(kind, key, now);
  }

 private:
  slab::Store& store_;
  slab::ThreadCache& cache_;
  WorkerInsight* const insight_;
  bool was_created_ = false;
};

}  // namespace larder::server
