// The list of a worker's connections, for other threads to examine.
//
// Threads: the worker adds and removes connections; any thread may examine them under the list's
// mutex, which keeps connections from being destroyed meanwhile.  Fields that other threads read
// are relaxed atomics.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "server/net/client.h"

namespace larder::server {

// The states that `stats conns` shows: those states of upstream's state machine that can persist
// here.
enum class ConnectionState : uint8_t {
  ReadingCommand,  // conn_read
  ReadingValue,    // conn_nread
  Skipping,        // conn_swallow
  Writing,         // conn_mwrite
  Executing,       // conn_parse_cmd
  Watching,        // conn_watch
};

// The fields of a connection that other threads may read.
struct ConnectionInfo : Client {
  ConnectionInfo* next = nullptr;      // guarded by the list's mutex
  ConnectionInfo* previous = nullptr;  // guarded by the list's mutex
  // The time of the last request, of the last continuation of one, or of the accept.
  std::atomic<base::Time> last_request_at{0};
  std::atomic<ConnectionState> state{ConnectionState::ReadingCommand};
};

class ConnectionList {
 public:
  void add(ConnectionInfo& info) {
    std::lock_guard lock(mutex_);
    info.previous = nullptr;
    info.next = first_;
    if (first_ != nullptr) first_->previous = &info;
    first_ = &info;
    ++size_;
  }
  void remove(ConnectionInfo& info) {
    std::lock_guard lock(mutex_);
    (info.previous != nullptr ? info.previous->next : first_) = info.next;
    if (info.next != nullptr) info.next->previous = info.previous;
    --size_;
  }
  template <class Visit>
  void for_each(Visit visit) const {
    std::lock_guard lock(mutex_);
    for (const ConnectionInfo* info = first_; info != nullptr; info = info->next) visit(*info);
  }
  size_t size() const {
    std::lock_guard lock(mutex_);
    return size_;
  }
  // For the owner only.
  ConnectionInfo* first() const noexcept { return first_; }

 private:
  mutable std::mutex mutex_;
  ConnectionInfo* first_ = nullptr;
  size_t size_ = 0;
};

}  // namespace larder::server
