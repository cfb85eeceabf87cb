// Saves a store to a snapshot file while it is in use.
//
// Threads: save() runs the walk in the caller's thread, and writes the file in a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "slab/store.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"

namespace larder::snapshot {

struct SaveOptions {
  std::string path;
  FileHeader header{};  // names and versions; save() fills in the rest
  Codec codec = Codec::None;
  const KeyRing* keys = nullptr;  // null or empty: not encrypted
  uint64_t bytes_per_second = 0;  // of the file; 0: as fast as the disk takes them
  bool is_strict = false;         // fails if an item was evicted or relaxed before it was saved
};

// Read by any thread while a save runs.
struct SaveProgress {
  std::atomic<uint64_t> items{0};
  std::atomic<uint64_t> file_bytes{0};
  std::atomic<uint32_t> permille{0};  // of the walk
  std::atomic<bool> is_cancelled{false};  // set by any thread: save() fails soon
};

struct Saved {
  Totals totals;
  uint64_t file_bytes = 0;
  double seconds = 0;
};

// `cache` is the calling thread's.  Fails if another walk over the store is under way, if the file
// cannot be written, or if it was cancelled; then an older file of that name is as it was.
base::Result<Saved> save(slab::Store& store, slab::ThreadCache& cache, const base::Clock& clock,
                         const SaveOptions& options, SaveProgress& progress);

}  // namespace larder::snapshot
