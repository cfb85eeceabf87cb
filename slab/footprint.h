// The chunks that one item lies in, by size class: plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "slab/size_classes.h"

namespace larder::slab {

struct Footprint {
  static constexpr size_t kPieceClassesMax = 4;  // a page, and halves down to 8 KB

  ClassId head = kNoClass;  // kNoClass: there is no item
  // Chunks of a chained value, by place in SizeClasses::piece_classes().  Stops at 65535.
  std::array<uint16_t, kPieceClassesMax> piece_counts{};

  bool operator==(const Footprint&) const noexcept = default;
};

}  // namespace larder::slab
