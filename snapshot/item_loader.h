// Adds the records of a snapshot to a store.
//
// Threads: one; each thread of a load has its own.
#pragma once

#include <cstdint>
#include <limits>

#include "base/clock.h"
#include "slab/store.h"
#include "snapshot/record.h"

namespace larder::snapshot {

enum class LoadOutcome : uint8_t { Loaded, Expired, AlreadyThere, TooLarge, Cold, NoMemory };

class ItemLoader {
 public:
  ItemLoader(slab::Store& store, slab::ThreadCache& cache, const base::Clock& clock,
             uint32_t idle_seconds_max)
      : store_(store), cache_(cache), clock_(clock), idle_seconds_max_(idle_seconds_max) {}

  // `seconds_passed` since the point in time of the snapshot.
  LoadOutcome load(const Record& record, uint32_t seconds_passed);

  uint64_t highest_cas() const noexcept { return highest_cas_; }

 private:
  bool expiry_of(const Record& record, base::Time now, base::Time* exptime) const;

  slab::Store& store_;
  slab::ThreadCache& cache_;
  const base::Clock& clock_;
  uint32_t idle_seconds_max_;
  uint64_t highest_cas_ = 0;
};

}  // namespace larder::snapshot
