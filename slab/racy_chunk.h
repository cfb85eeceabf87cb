// Intentionally racy reads of a chunk that another thread may own and change meanwhile, in a page
// that may have been assigned to another class.  The results are hints: whoever acts on them looks
// again under a bucket's lock.
//
// Threads: any, without a lock.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "slab/heap.h"
#include "slab/item.h"

namespace larder::slab {

class RacyChunk {
 public:
  // Precondition: heap.pool.is_plausible(ref).
  RacyChunk(const Heap& heap, Ref ref) noexcept : heap_(heap), ref_(ref) {}

  uint8_t state() const noexcept;
  // Of an item; the hash is that of some bytes if the chunk is none any more, and false if they
  // cannot be a key.
  bool hash(uint64_t* hash) const noexcept;
  base::Time exptime() const noexcept;
  uint32_t stamp() const noexcept;
  bool is_dead(base::Time now) const noexcept;
  // Of a piece.
  Ref head() const noexcept;

 private:
  const Heap& heap_;
  const Ref ref_;
};

}  // namespace larder::slab
