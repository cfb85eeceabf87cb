// An item being written: in memory, but not yet in the index, so nobody else sees it.
//
// Fill it through room() and advance() until is_full(), then hand it to Store::commit().  A large
// value's pieces are taken as it grows, so an upload that stops holds little more than it sent.
// If the writer dies uncommitted, its memory goes back.
//
// Threads: belongs to the thread whose ThreadCache it was made with.  It must die before the
// store does.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "slab/item.h"

namespace larder::slab {

class Store;
class ThreadCache;

class ItemWriter {
 public:
  ItemWriter() = default;
  ItemWriter(ItemWriter&& other) noexcept { *this = std::move(other); }
  ItemWriter& operator=(ItemWriter&& other) noexcept;
  ItemWriter(const ItemWriter&) = delete;
  ItemWriter& operator=(const ItemWriter&) = delete;
  ~ItemWriter() { reset(); }

  // False if it holds nothing: never reserved, committed, or given up.
  explicit operator bool() const noexcept { return item_ != nullptr; }
  bool is_full() const noexcept { return missing_ == 0; }
  // Bytes of the value still to come.
  uint32_t missing() const noexcept { return missing_; }
  uint32_t value_size() const noexcept { return item_->value_size; }

  // Where the next bytes of the value go.  Takes a piece if it must; empty if it is full or there
  // is no memory for a piece.
  std::span<char> room(base::Time now);
  // The first `size` bytes of the last room() are written.
  void advance(uint32_t size) noexcept;

  // Both in a loop.  False if there is no memory for all of it, which counts as a write refused.
  [[nodiscard]] bool append(std::string_view bytes, base::Time now);

  void reset() noexcept;

 private:
  friend class Store;

  bool add_piece(base::Time now);

  Store* store_ = nullptr;
  ThreadCache* cache_ = nullptr;
  Item* item_ = nullptr;
  Piece* last_piece_ = nullptr;
  char* position_ = nullptr;  // where the next byte goes
  uint32_t room_left_ = 0;    // bytes from there to the end of this run
  uint32_t missing_ = 0;
};

}  // namespace larder::slab
