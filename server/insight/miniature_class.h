// One size class of a miniature cache: a ring of chunks and the two hands that sweep it, as in
// slab::SlabClass, but without memory for the chunks.
//
// Threads: one owner.
#pragma once

#include <cstdint>
#include <vector>

#include "server/insight/sampled_key.h"
#include "slab/slab_class.h"

namespace larder::server {

class MiniatureClass {
 public:
  struct Chunk {
    uint32_t key : kPlaceBits;
    uint32_t bits : 8;    // of slab::state; 0: the chunk is free
    MiniaturePlace next;  // next chunk of the same item; for a free chunk, the next free one
  };
  static_assert(sizeof(Chunk) == 8);

  // Adds one chunk and returns its number.
  uint32_t add(uint32_t key, uint8_t bits);
  void remove(uint32_t number);
  Chunk& at(uint32_t number) noexcept { return chunks_[number]; }
  // Chunks in use.  Pieces of one item count as one here.
  uint32_t count() const noexcept { return count_; }
  // All chunks, including free ones.
  uint32_t length() const noexcept { return static_cast<uint32_t>(chunks_.size()); }

  // The hand to move next if the store's small queue may be as short as `shortest`.
  slab::Hand next_hand(double shortest) const noexcept;
  // Moves the hand to the next chunk in use.  Precondition: count() > 0.
  uint32_t step(slab::Hand hand) noexcept;
  void note_queue(bool is_small) noexcept;
  // Calls visit(key) for up to `count` chunks that the main hand will reach next.
  template <class Visit>
  void look_ahead(uint32_t count, Visit visit) const;

  uint32_t page_count = 0;
  uint64_t used_count = 0;  // chunks in use, counting each piece of an item
  // Totals since the start; each sampled item counts as many items as the sample represents.
  double evicted = 0, returned = 0, forced = 0;
  double reads_of_next_page = 0;  // per second

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kWhole = 1u << 16;

  std::vector<Chunk> chunks_;
  uint32_t free_ = kNone;
  uint32_t count_ = 0;
  uint32_t main_hand_ = 0;
  uint32_t small_hand_ = 0;
  uint32_t small_part_ = kWhole;  // fraction of the chunks in use, as seen by the hands recently
};

template <class Visit>
void MiniatureClass::look_ahead(uint32_t count, Visit visit) const {
  uint32_t number = main_hand_;
  for (uint32_t looked = 0; looked < length() && count > 0; ++looked, ++number) {
    if (number >= length()) number = 0;
    if (chunks_[number].bits == 0) continue;
    visit(chunks_[number].key);
    --count;
  }
}

}  // namespace larder::server
