// Compile-time bounds of the store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::slab {

// Memory goes to size classes in pages of this many bytes.  Small, so that a hundred classes fit
// a 64 MB cache without stranding it, and so that moving one between classes is quick.
inline constexpr size_t kPageSize = size_t{64} << 10;
inline constexpr unsigned kPageShift = 16;
static_assert(kPageSize == size_t{1} << kPageShift);

// Items are addressed in granules; a chunk is a whole number of them.  8 bytes reach 32 GiB with
// 32-bit references; larger stores use larger granules.
inline constexpr unsigned kGranuleShiftMin = 3;
inline constexpr unsigned kGranuleShiftMax = 8;  // 1 TiB

inline constexpr size_t kKeySizeMax = 250;

// Values up to this size are copied into the reply; larger ones are pinned and sent from where
// they lie.  Such items carry a pin count.
inline constexpr uint32_t kCopiedValueSizeMax = 2048;

// The largest chunk that holds a whole item: 7 to a page.  Larger items are chained.
inline constexpr uint32_t kWholeItemSizeMax = 9360;
static_assert(7 * kWholeItemSizeMax <= kPageSize);

// Class ids are 1 to this; 0 is no class.
inline constexpr size_t kClassCountMax = 200;

// Chunks a worker keeps at hand per class: at most this many, and at most kMagazineBytesMax of
// memory, but always at least one.
inline constexpr uint32_t kMagazineChunksMax = 32;
inline constexpr uint32_t kMagazineBytesMax = 8 << 10;

// How far one refill sweeps for something to evict before it takes items it would rather keep.
inline constexpr uint32_t kSweepChunksMax = 128;

// An access counts up to this.
inline constexpr uint8_t kFrequencyMax = 7;

// The small queue's share of a class's chunks in use: one in so many, and this many at least.
inline constexpr uint32_t kSmallQueueDivisor = 20;
inline constexpr uint32_t kSmallQueueChunksMin = 4;

// Memory the store refuses to go below, as upstream does.
inline constexpr size_t kMemoryBytesMin = size_t{1} << 20;

// Nor does it accept a limit that leaves fewer pages than this beside the index.
inline constexpr size_t kPagesBesideIndexMin = 8;

}  // namespace larder::slab
