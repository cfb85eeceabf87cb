// One size class of a cache in miniature: chunks on a ring and the two hands that sweep them, as
// slab::SlabClass has them, without memory behind the chunks.
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
    uint32_t bits : 8;    // of slab::state; 0: nothing lies here
    MiniaturePlace next;  // of the same item; of a free chunk, the next free one
  };
  static_assert(sizeof(Chunk) == 8);

  // Puts one chunk there and returns its number.
  uint32_t add(uint32_t key, uint8_t bits);
  void remove(uint32_t number);
  Chunk& at(uint32_t number) noexcept { return chunks_[number]; }
  // Chunks that something lies in.  Pieces of one item count as one here.
  uint32_t count() const noexcept { return count_; }
  // Chunks with the free ones between them.
  uint32_t length() const noexcept { return static_cast<uint32_t>(chunks_.size()); }

  // Which hand's turn it is, if the store's queues may be as short as `shortest`.
  slab::Hand next_hand(double shortest) const noexcept;
  // Moves the hand to the next chunk that something lies in.  Precondition: count() > 0.
  uint32_t step(slab::Hand hand) noexcept;
  void note_queue(bool is_small) noexcept;
  // Calls visit(key) for up to `count` chunks that the main hand reaches next.
  template <class Visit>
  void look_ahead(uint32_t count, Visit visit) const;

  uint32_t page_count = 0;
  uint64_t used_count = 0;  // chunks in use, with each piece of an item
  // Since the start, each sampled item for as many as the sample stands for.
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
  uint32_t small_part_ = kWhole;  // of the chunks in use, as the hands saw it lately
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
