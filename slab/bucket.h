// A bucket of the index: 12 slots in a cache line, and what the bits of a hash mean in it.
//
//   0        12     13         16                           64
//   | 12 tags | lock | overflow | 12 references to chunks      |
//
// A tag is eight bits of the hash, 0 for an empty slot.  A ghost is the memory of an evicted item:
// 16 other bits of its hash, two of them in place of the reference of an empty slot.
//
// Threads: see Index.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "slab/item.h"

namespace larder::slab {

inline constexpr unsigned kSlotsPerBucket = 12;

struct alignas(64) Bucket {
  uint8_t tags[kSlotsPerBucket];
  std::atomic<uint8_t> lock;
  uint8_t overflow[3];  // number of the next bucket of the chain, 0: none
  Ref refs[kSlotsPerBucket];

  static uint8_t tag_of(uint64_t hash) noexcept {
    const auto tag = static_cast<uint8_t>(hash >> 56);
    return tag != 0 ? tag : 1;
  }
  // Bit i is set where tags[i] == tag.
  unsigned match_tags(uint8_t tag) const noexcept;

  uint32_t overflow_number() const noexcept {
    return static_cast<uint32_t>(overflow[0]) | static_cast<uint32_t>(overflow[1]) << 8 |
           static_cast<uint32_t>(overflow[2]) << 16;
  }
  void set_overflow_number(uint32_t number) noexcept {
    overflow[0] = static_cast<uint8_t>(number);
    overflow[1] = static_cast<uint8_t>(number >> 8);
    overflow[2] = static_cast<uint8_t>(number >> 16);
  }
};
static_assert(sizeof(Bucket) == 64);

using Ghost = uint16_t;
inline constexpr Ghost kNoGhost = 0;
inline constexpr size_t kGhostsPerSlot = sizeof(Ref) / sizeof(Ghost);
inline Ghost ghost_of(uint64_t hash) noexcept {
  const auto ghost = static_cast<Ghost>(hash >> 32);
  return ghost != kNoGhost ? ghost : Ghost{1};
}

// Reads the twelve tags and not the lock byte beside them, which other threads write.
inline unsigned Bucket::match_tags(uint8_t tag) const noexcept {
  uint64_t low;
  uint32_t high;
  std::memcpy(&low, tags, sizeof(low));
  std::memcpy(&high, tags + sizeof(low), sizeof(high));
#if defined(__SSE2__)
  const __m128i all = _mm_unpacklo_epi64(_mm_cvtsi64_si128(static_cast<long long>(low)),
                                         _mm_cvtsi32_si128(static_cast<int>(high)));
  const __m128i equal = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag)));
  return static_cast<unsigned>(_mm_movemask_epi8(equal)) & ((1u << kSlotsPerBucket) - 1);
#else
  unsigned mask = 0;
  for (unsigned i = 0; i < sizeof(low); ++i) {
    mask |= static_cast<unsigned>(((low >> (8 * i)) & 0xff) == tag) << i;
  }
  for (unsigned i = 0; i < sizeof(high); ++i) {
    mask |= static_cast<unsigned>(((high >> (8 * i)) & 0xff) == tag) << (i + sizeof(low));
  }
  return mask;
#endif
}

}  // namespace larder::slab
