// The chunks of one item, by size class: plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "slab/size_classes.h"

namespace larder::slab {

struct Footprint {
  static constexpr size_t kPieceClassesMax = 4;  // a page, and halves down to 8 KB

  ClassId head = kNoClass;  // kNoClass: there is no item
  // Pieces of a chained value, by index into SizeClasses::piece_classes(); saturates at 65535.
  std::array<uint16_t, kPieceClassesMax> piece_counts{};

  bool operator==(const Footprint&) const noexcept = default;
};

}  // namespace larder::slab
