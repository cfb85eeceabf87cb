// A key that the miss-ratio curve samples, with its place in each of the caches in miniature.
//
// Threads: plain values, guarded by whoever owns the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "slab/footprint.h"

namespace larder::server {

inline constexpr size_t kMiniatureCount = 5;

// Where a cache has a key: the number of a chunk with its class in the top byte, the number of a
// ghost with no class there, or nowhere.
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
  base::Time asked_at = 0;    // when a request named it last
  uint32_t next = 0;          // the table's
  slab::Footprint chunks = {};
  uint8_t known_count = 0;  // caches that have it somewhere
  bool is_in_table = false;
  std::array<MiniaturePlace, kMiniatureCount> places = {kNowhere, kNowhere, kNowhere, kNowhere,
                                                        kNowhere};
};

}  // namespace larder::server
