// The clients of `watch`, and the logger thread that writes to them.
//
//   worker   --WatchRing-->  logger: records by gid, one line each  --LineBuffer-->  socket
//   control  --WatchRing-->
//
// No thread waits for another: a full ring drops records, a full buffer skips lines, and the logger
// sends what a socket accepts.  Memory is bounded: there is one ring per thread, which is allocated
// when the first watcher arrives and then kept, and one buffer for each of at most kCountMax
// watchers.
//
// Without watchers streams() is 0, no thread writes records, and the logger, which starts with the
// first watcher, sleeps.  With watchers it polls the rings: at once after a busy pass, every
// millisecond otherwise, and up to every kPauseMilliseconds when they are quiet.  Writers never
// wake it.
//
// Threads: add(), streams(), next_gid() and totals() from any; stop() from one, before the owners
// of the watchers' descriptors are destroyed.  The mutex is a leaf; on_left is called without it.
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

// The counters shown by `stats`.
struct WatchTotals {
  uint64_t worker_written = 0;   // records
  uint64_t worker_dropped = 0;   // records that did not fit into a ring
  uint64_t watcher_sent = 0;     // lines, counted per watcher
  uint64_t watcher_skipped = 0;  // lines that did not fit into a buffer
  uint64_t watcher_count = 0;    // current number
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

  // A ring for a thread that records events; lives as long as this object.
  WatchRing& make_ring();

  // The streams that have watchers: bits of protocol::watch.  A thread that sees a bit set may
  // write to its ring.
  uint16_t streams() const noexcept { return streams_.load(std::memory_order_acquire); }

  // The number for a new record.
  uint64_t next_gid() noexcept { return gid_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // Hands the non-blocking descriptor to the logger thread, which writes OK and then the events of
  // these streams.  Events from a moment before the OK may be included.  If `tls` is not null, all
  // output goes through it.  When the client has left, the logger thread calls `on_left` once; the
  // descriptor and `tls` then belong to the caller again.
  Outcome add(int fd, uint16_t streams, std::function<void()> on_left, TlsSession* tls = nullptr);

  // Stops writing, without notice to the remaining watchers.
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
    TlsSession* const tls;  // null: plain text
    const uint16_t streams;
    uint64_t last_gid = 0;  // events up to this one are older than the watcher
    LineBuffer buffer;
    const std::function<void()> on_left;
    bool is_blocked = false;  // the socket is not writable now
    bool has_left = false;
  };

  // A ring and its first record.
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
  base::UniqueFd wakeup_;                           // an eventfd, created with the thread

  std::vector<std::unique_ptr<Watcher>> watchers_;  // owned by the logger thread
  std::vector<Source> sources_;                     // owned by the logger thread
  base::OwnedCounter sent_;
  base::OwnedCounter skipped_;
};

}  // namespace larder::server
