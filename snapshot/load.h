// Loads a snapshot file into a store, which may be in use.
//
// Two passes over the file: the first checks all of it, so that a damaged file is refused before
// anything is loaded; the second adds the items, with several threads.  A key that is already there
// wins: it was written after the load began.  Items that have expired meanwhile are left out.  If
// the store is smaller than what the file holds, the items that were accessed last are loaded.
//
// Threads: load() starts one thread for each ThreadCache but the first, which the caller's thread
// uses.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "slab/store.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"

namespace larder::snapshot {

struct LoadOptions {
  std::string path;
  const KeyRing* keys = nullptr;
  bool allows_partial = false;  // of a damaged file, loads what is before the damage
};

// Read by any thread while a load runs.
struct LoadProgress {
  std::atomic<uint64_t> items{0};
  std::atomic<uint64_t> bytes{0};       // of the file, in both passes
  std::atomic<uint64_t> bytes_total{0};
  std::atomic<bool> is_cancelled{false};  // set by any thread: load() fails soon
};

struct Loaded {
  FileHeader header;
  uint64_t items = 0;
  uint64_t expired = 0;
  uint64_t already_there = 0;
  uint64_t too_large = 0;   // for this store: key or value
  uint64_t cold = 0;        // left out, because others were accessed later and memory is short
  uint64_t no_memory = 0;   // refused by the store
  std::string damage;       // what was wrong behind the last item; empty: the file was whole
  double seconds = 0;

  uint64_t skipped() const noexcept {
    return expired + already_there + too_large + cold + no_memory;
  }
};

base::Result<Loaded> load(slab::Store& store, std::span<slab::ThreadCache* const> caches,
                          const base::Clock& clock, const LoadOptions& options,
                          LoadProgress& progress);

}  // namespace larder::snapshot
