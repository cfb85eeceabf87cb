#include "slab/item_sizes.h"

#include <algorithm>
#include <limits>

#include "slab/limits.h"

namespace larder::slab {

// The head chunk of a chained value holds the rest that does not fill a piece; pieces are chosen
// largest first.
ItemSizes::Layout ItemSizes::lay_out(size_t key_size, uint32_t flags,
                                     uint32_t value_size) const noexcept {
  auto traits =
      static_cast<uint8_t>((has_cas_ ? trait::kHasCas : 0) | (flags != 0 ? trait::kHasFlags : 0));
  const auto prefix_size = [&] {
    return Item::kHeaderSize + kOptionalSizes[traits] + static_cast<uint32_t>(key_size);
  };
  const uint32_t whole_max = classes_.whole_item_max();
  if (value_size > kCopiedValueSizeMax || prefix_size() + value_size > whole_max) {
    traits |= trait::kLarge;
  }
  uint32_t in_head = value_size;
  if (prefix_size() + value_size > whole_max) {
    for (const ClassId id : classes_.piece_classes()) {
      in_head %= classes_.chunk_size(id) - Piece::kHeaderSize;
    }
    if (prefix_size() + in_head > whole_max) in_head = 0;
  }
  return {traits, classes_.class_for(prefix_size() + in_head), in_head};
}

ClassId ItemSizes::piece_class_for(uint32_t missing) const noexcept {
  for (const ClassId id : classes_.piece_classes()) {
    if (classes_.chunk_size(id) - Piece::kHeaderSize <= missing) return id;
  }
  return classes_.piece_classes().back();
}

// Chooses like piece_class_for().
Footprint ItemSizes::footprint_of(const ItemView& view) const noexcept {
  const auto& piece_classes = classes_.piece_classes();
  const Layout layout = lay_out(view.key().size(), view.flags(), view.value_size());
  Footprint footprint{.head = layout.class_id};
  uint32_t rest = view.value_size() - layout.value_size_in_head;
  const auto add = [&](size_t number, uint32_t count) {
    constexpr uint32_t kCountMax = std::numeric_limits<uint16_t>::max();
    uint16_t& sum = footprint.piece_counts[number];
    sum = static_cast<uint16_t>(std::min(sum + count, kCountMax));
  };
  for (size_t number = 0; number < piece_classes.size(); ++number) {
    const uint32_t room = classes_.chunk_size(piece_classes[number]) - Piece::kHeaderSize;
    add(number, rest / room);
    rest %= room;
  }
  if (rest > 0) add(piece_classes.size() - 1, 1);
  return footprint;
}

}  // namespace larder::slab
