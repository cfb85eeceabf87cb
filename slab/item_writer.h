// An item that is being written: allocated, but not yet in the index, so no other thread sees it.
//
// Fill it with room() and advance() until is_full(), then pass it to Store::commit().  The pieces
// of a large value are allocated as it grows, so an upload that stalls holds little more memory
// than it has sent.  Destroying a writer without commit frees the memory.
//
// Threads: belongs to the thread whose ThreadCache it was created with.  It must be destroyed
// before the store.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "slab/item.h"

namespace larder::slab {

class ChunkSupply;
class ThreadCache;

class ItemWriter {
 public:
  ItemWriter() = default;
  ItemWriter(ItemWriter&& other) noexcept { *this = std::move(other); }
  ItemWriter& operator=(ItemWriter&& other) noexcept;
  ItemWriter(const ItemWriter&) = delete;
  ItemWriter& operator=(const ItemWriter&) = delete;
  ~ItemWriter() { reset(); }

  // False if it holds no item: never reserved, committed, or reset.
  explicit operator bool() const noexcept { return item_ != nullptr; }
  bool is_full() const noexcept { return missing_ == 0; }
  // Bytes of the value still to come.
  uint32_t missing() const noexcept { return missing_; }
  uint32_t value_size() const noexcept { return item_->value_size; }

  // The memory for the next bytes of the value.  Allocates a piece if necessary; empty if the value
  // is complete or there is no memory for a piece.
  std::span<char> room(base::Time now);
  // Marks the first `size` bytes of the last room() as written.
  void advance(uint32_t size) noexcept;

  // Calls both in a loop.  Returns false if memory runs out, which counts as a refused write.
  [[nodiscard]] bool append(std::string_view bytes, base::Time now);

  void reset() noexcept;

 private:
  friend class Store;
  friend class Writes;

  bool add_piece(base::Time now);

  ChunkSupply* supply_ = nullptr;
  ThreadCache* cache_ = nullptr;
  Item* item_ = nullptr;
  Piece* last_piece_ = nullptr;
  char* position_ = nullptr;  // of the next byte
  uint32_t room_left_ = 0;    // bytes from there to the end of this chunk
  uint32_t missing_ = 0;
};

}  // namespace larder::slab
