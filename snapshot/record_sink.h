// Puts the items of a walk over a store into the blocks of a snapshot.
//
// Threads: the walking thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "slab/point_in_time_walk.h"
#include "snapshot/block_builder.h"

namespace larder::snapshot {

class RecordSink : public slab::WalkSink {
 public:
  // `blocks` outlives the sink.  `unix_zero` is the Unix time of the store's clock's zero.
  RecordSink(BlockSink& blocks, int64_t unix_zero) : builder_(blocks), unix_zero_(unix_zero) {}

  bool has_room(size_t key_size, uint32_t value_size) noexcept override;
  void add(const slab::SavedItem& item, std::string_view value) noexcept override;
  bool make_room() override;
  void begin(const slab::SavedItem& item) override;
  void piece(std::string_view bytes) override;

  // Hands the last block over.  False: the blocks are not wanted any more.
  bool finish();

  // Any thread.
  uint64_t items() const noexcept { return items_.load(std::memory_order_relaxed); }

 private:
  RecordHead head_of(const slab::SavedItem& item) const noexcept;
  void count() noexcept { items_.fetch_add(1, std::memory_order_relaxed); }

  BlockBuilder builder_;
  int64_t unix_zero_;
  std::atomic<uint64_t> items_{0};
};

}  // namespace larder::snapshot
