// Takes the server's snapshots: on request, by schedule, and one at the end.
//
// States: Idle -> Saving -> Idle, in a thread of its own that lives as long as this object.  Any
// thread asks for one; the control thread asks when the schedule says so.
//
// Threads: as each method says.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "server/keep/snapshot_folder.h"
#include "server/keep/snapshot_schedule.h"
#include "server/log/log.h"
#include "server/options/keep_options.h"
#include "slab/store.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"
#include "snapshot/load.h"
#include "snapshot/save.h"

namespace larder::server {

// What is known of the snapshots so far; times are Unix seconds.
struct SnapshotStatus {
  bool is_saving = false;
  uint64_t items_so_far = 0;  // of the one that is being taken
  uint64_t file_bytes_so_far = 0;
  uint32_t permille = 0;
  uint64_t success_count = 0;
  uint64_t failure_count = 0;
  int64_t last_success_at = 0;  // 0: none since the start
  double last_seconds = 0;
  uint64_t last_items = 0;
  uint64_t last_file_bytes = 0;
  uint64_t last_relaxed = 0;  // saved with a later value
  uint64_t last_evicted = 0;  // evicted before they were saved
  std::string last_file;
  std::string last_error;        // of the last that failed, if none has succeeded since
  int64_t next_at = 0;           // 0: none is scheduled
  int64_t interval_seconds = 0;  // 0: no schedule
  uint64_t loaded_items = 0;     // at the start
  double loaded_seconds = 0;
};

enum class SnapshotRequest : uint8_t { Started, Busy, NoFolder };

class Snapshots {
 public:
  // `cache` is used by the thread of this object alone.  All outlive it.
  struct Context {
    const KeepOptions& options;
    const base::Clock& clock;
    slab::Store& store;
    slab::ThreadCache& cache;
    Log& log;
    snapshot::FileHeader names;  // of cluster, shard and node
  };

  // Checks the folder and reads the keys.  Without --snapshot-dir there is nothing to check, and
  // request() answers NoFolder.
  static base::Result<std::unique_ptr<Snapshots>> open(const Context& context);
  // Cancels the snapshot that is being taken.
  ~Snapshots();
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  // Loads the newest snapshot that is whole; one that is not, or for which there is no key, is told
  // in the log and the one before it is tried.  Before any other thread uses the store.
  void load_newest(std::span<slab::ThreadCache* const> caches);

  // Any thread: begins a snapshot.
  SnapshotRequest request();
  // The control thread, about every tenth of a second.
  void look_at_schedule();
  // Takes one and waits for it: at the end, when no client is served any more.
  void save_at_stop();

  // Any thread.
  SnapshotStatus status() const;

 private:
  explicit Snapshots(const Context& context, snapshot::KeyRing keys);

  void run();
  void save_once();
  void tell_saved(const std::string& path, const snapshot::Saved& saved);
  bool load(const std::string& path, std::span<slab::ThreadCache* const> caches);

  const Context context_;
  const snapshot::KeyRing keys_;
  const SnapshotFolder folder_;
  const SnapshotSchedule schedule_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_wanted_ = false;    // guarded by mutex_
  bool is_stopping_ = false;  // guarded by mutex_
  SnapshotStatus status_;     // guarded by mutex_; what progress_ has is added by status()
  std::unique_ptr<snapshot::SaveProgress> progress_;  // guarded by mutex_; of the last save
  std::thread thread_;
};

}  // namespace larder::server
