// The options as commands have changed them since the start.
//
// Threads: any.
#pragma once

#include <mutex>

#include "server/options/options.h"

namespace larder::server {

class LiveOptions {
 public:
  explicit LiveOptions(const Options& options) : options_(options) {}

  Options get() const {
    std::lock_guard lock(mutex_);
    return options_;
  }
  // Calls read(const Options&) -> anything, and returns that.
  template <class Read>
  auto read(Read read) const {
    std::lock_guard lock(mutex_);
    return read(options_);
  }
  // Calls change(Options&) -> anything, and returns that.
  template <class Change>
  auto change(Change change) {
    std::lock_guard lock(mutex_);
    return change(options_);
  }

 private:
  mutable std::mutex mutex_;
  Options options_;  // guarded by mutex_
};

}  // namespace larder::server
