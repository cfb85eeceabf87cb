// Clients that watch, and the thread that writes to them.
//
//   worker   --WatchRing-->  logger: records by gid, one line each  --LineBuffer-->  socket
//   control  --WatchRing-->
//
// Nobody waits for anybody: a ring that is full drops records, a buffer that is full skips lines,
// and the logger sends what a socket takes.  All is bounded: one ring per thread, which gets its
// memory when somebody watches for the first time and then keeps it, and one buffer per watcher, of
// whom there are at most kCountMax.
//
// While nobody watches, streams() is 0 and no thread writes a record; the logger, which starts with
// the first watcher, then sleeps.  While somebody does it looks into the rings every millisecond or
// at once if they were busy, up to every kPauseMilliseconds when they are quiet: writers never wake
// it.
//
// Threads: add(), streams(), next_gid() and totals() from any; stop() from one, before what the
// watchers' descriptors belong to goes away.  The mutex is a leaf; on_left is called without it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "base/counter.h"
#include "base/unique_fd.h"
#include "server/log/watch_ring.h"
#include "server/net/tls_session.h"
#include "server/options/log_options.h"
#include "server/support/line_buffer.h"

namespace larder::server {

// What `stats` shows of it.
struct WatchTotals {
  uint64_t worker_written = 0;   // records
  uint64_t worker_dropped = 0;   // records that found no room in a ring
  uint64_t watcher_sent = 0;     // lines, once for each watcher
  uint64_t watcher_skipped = 0;  // lines that found no room in a buffer
  uint64_t watcher_count = 0;    // now
};

class Watchers {
 public:
  static constexpr size_t kCountMax = 20;
  static constexpr int kPauseMilliseconds = 20;

  enum class Outcome : uint8_t { Added, TooMany, Failed };

  explicit Watchers(const LogOptions& options)
      : ring_bytes_(options.worker_log_bytes_max), buffer_bytes_(options.watcher_log_bytes_max) {}
  ~Watchers() { stop(); }
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // For a thread that is to write records; lives as long as this.
  WatchRing& make_ring();

  // What anybody watches: bits of protocol::watch.  Whoever sees one may write to its ring.
  uint16_t streams() const noexcept { return streams_.load(std::memory_order_acquire); }

  // For a record that is about to be written.
  uint64_t next_gid() noexcept { return gid_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // From now on the descriptor, which does not block, is written to: OK first, then what happens
  // in these streams once that has been sent, or a moment before.  `on_left` is called once, in the
  // logger's thread, when the client has gone; the descriptor is then its owner's again.  So is
  // `tls`, by which all is sent if it is not null.
  Outcome add(int fd, uint16_t streams, std::function<void()> on_left, TlsSession* tls = nullptr);

  // Nothing is written any more, and nobody who still watches is told.
  void stop();

  WatchTotals totals() const;

 private:
  struct Watcher {
    Watcher(int descriptor, TlsSession* session, uint16_t watched, size_t capacity,
            std::function<void()> callback)
        : fd(descriptor),
          tls(session),
          streams(watched),
          buffer(capacity),
          on_left(std::move(callback)) {}

    const int fd;
    TlsSession* const tls;  // null: plainly
    const uint16_t streams;
    uint64_t last_gid = 0;  // what happened up to then was before it watched
    LineBuffer buffer;
    const std::function<void()> on_left;
    bool is_blocked = false;  // its socket takes nothing now
    bool has_left = false;
  };

  // A ring and the record at its front.
  struct Source {
    explicit Source(WatchRing& from) : ring(&from) {}

    WatchRing* ring;
    bool has_record = false;
    WatchRecord record;
    char text[kLogTextSizeMax];

    bool fill() { return has_record || (has_record = ring->pop(&record, text)); }
  };

  bool start();
  void publish_streams();
  void run();
  bool take_arrivals();
  size_t drain();
  void deliver(const Source& source);
  static void flush(Watcher& watcher) noexcept;
  void flush_all() noexcept;
  void wait(int milliseconds);
  void remove_departed();

  const size_t ring_bytes_;
  const size_t buffer_bytes_;

  alignas(64) std::atomic<uint16_t> streams_{0};
  alignas(64) std::atomic<uint64_t> gid_{0};

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<WatchRing>> rings_;   // guarded by mutex_; only grows
  std::vector<std::unique_ptr<Watcher>> arrivals_;  // guarded by mutex_
  size_t count_ = 0;                                // guarded by mutex_: arrivals and watchers
  bool has_memory_ = false;                         // guarded by mutex_: rings are open
  bool is_stopping_ = false;                        // guarded by mutex_
  std::thread thread_;                              // guarded by mutex_ until is_stopping_
  base::UniqueFd wakeup_;                           // an eventfd, made with the thread

  std::vector<std::unique_ptr<Watcher>> watchers_;  // the logger's
  std::vector<Source> sources_;                     // the logger's
  base::OwnedCounter sent_;
  base::OwnedCounter skipped_;
};

}  // namespace larder::server
