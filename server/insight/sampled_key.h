// A key sampled by the miss-ratio curve, with its place in each miniature cache.
//
// Threads: plain values, guarded by the owner of the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "slab/footprint.h"

namespace larder::server {

inline constexpr size_t kMiniatureCount = 5;

// The place of a key in a cache: the number of a chunk with its class in the top byte, the number
// of a ghost without a class there, or nowhere.
using MiniaturePlace = uint32_t;
inline constexpr MiniaturePlace kNowhere = UINT32_MAX;
inline constexpr unsigned kPlaceBits = 24;
inline constexpr uint32_t kPlaceMask = (1u << kPlaceBits) - 1;

constexpr slab::ClassId class_of(MiniaturePlace place) noexcept {
  return static_cast<slab::ClassId>(place >> kPlaceBits);
}

struct SampledKey {
  uint64_t hash = 0;
  base::Time expires_at = 0;  // 0: never
  base::Time asked_at = 0;    // the time of the last request for it
  uint32_t next = 0;          // used by the table
  slab::Footprint chunks = {};
  uint8_t known_count = 0;  // number of caches that have a place for it
  bool is_in_table = false;
  std::array<MiniaturePlace, kMiniatureCount> places = {kNowhere, kNowhere, kNowhere, kNowhere,
                                                        kNowhere};
};

}  // namespace larder::server
