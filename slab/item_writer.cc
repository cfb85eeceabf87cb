#include "slab/item_writer.h"

#include <algorithm>

#include "slab/chunk_supply.h"

namespace larder::slab {

ItemWriter& ItemWriter::operator=(ItemWriter&& other) noexcept {
  if (this != &other) {
    reset();
    supply_ = other.supply_;
    cache_ = other.cache_;
    item_ = std::exchange(other.item_, nullptr);
    last_piece_ = other.last_piece_;
    position_ = other.position_;
    room_left_ = other.room_left_;
    missing_ = other.missing_;
  }
  return *this;
}

void ItemWriter::reset() noexcept {
  if (item_ != nullptr) supply_->heap().free_item(*cache_, std::exchange(item_, nullptr));
}

std::span<char> ItemWriter::room(base::Time now) {
  if (room_left_ == 0 && (missing_ == 0 || !add_piece(now))) return {};
  return {position_, room_left_};
}

void ItemWriter::advance(uint32_t size) noexcept {
  position_ += size;
  room_left_ -= size;
  missing_ -= size;
}

bool ItemWriter::append(std::string_view bytes, base::Time now) {
  while (!bytes.empty()) {
    const std::span<char> free = room(now);
    if (free.empty()) {
      cache_->counters(item_->class_id).out_of_memory.add();
      return false;
    }
    const size_t size = std::min(free.size(), bytes.size());
    std::memcpy(free.data(), bytes.data(), size);
    advance(static_cast<uint32_t>(size));
    bytes.remove_prefix(size);
  }
  return true;
}

bool ItemWriter::add_piece(base::Time now) {
  const Heap& heap = supply_->heap();
  const ClassId id = heap.sizes.piece_class_for(missing_);
  Ref ref;
  if (!supply_->allocate(*cache_, id, now, &ref)) return false;
  Piece* piece = heap.pool.piece_at(ref);
  piece->next.store(kNoRef, std::memory_order_relaxed);
  piece->head.store(heap.pool.ref_of(item_), std::memory_order_relaxed);
  piece->size = std::min(missing_, heap.classes.chunk_size(id) - Piece::kHeaderSize);
  piece->unused = 0;
  piece->class_id = id;
  piece->traits = 0;
  piece->state.store(state::kPiece, std::memory_order_relaxed);
  cache_->counters(id).pieces.add();
  if (last_piece_ == nullptr) {
    item_->set_first_piece(ref);
  } else {
    last_piece_->next.store(ref, std::memory_order_relaxed);
  }
  last_piece_ = piece;
  position_ = piece->value();
  room_left_ = piece->size;
  return true;
}

}  // namespace larder::slab
