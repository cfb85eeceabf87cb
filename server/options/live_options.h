// The current values of the options that commands can change.
//
// Threads: any.
#pragma once

#include <mutex>

#include "server/options/tuning_options.h"

namespace larder::server {

class LiveOptions {
 public:
  explicit LiveOptions(const TuningOptions& options) : options_(options) {}

  TuningOptions get() const {
    std::lock_guard lock(mutex_);
    return options_;
  }
  // Calls read(const TuningOptions&) and returns its result.
  template <class Read>
  auto read(Read read) const {
    std::lock_guard lock(mutex_);
    return read(options_);
  }
  // Calls change(TuningOptions&) and returns its result.
  template <class Change>
  auto change(Change change) {
    std::lock_guard lock(mutex_);
    return change(options_);
  }

 private:
  mutable std::mutex mutex_;
  TuningOptions options_;  // guarded by mutex_
};

}  // namespace larder::server
