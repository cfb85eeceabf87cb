// Compile-time bounds of the store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::slab {

// Size classes get memory in pages of this size.  It is small, so that a hundred classes fit into a
// 64 MB cache without wasting much of it, and so that moving a page between classes is quick.
inline constexpr size_t kPageSize = size_t{64} << 10;
inline constexpr unsigned kPageShift = 16;
static_assert(kPageSize == size_t{1} << kPageShift);

// Chunks are addressed in granules; a chunk is a whole number of them.  With 32-bit references,
// granules of 8 bytes address 32 GiB; larger stores use larger granules.
inline constexpr unsigned kGranuleShiftMin = 3;
inline constexpr unsigned kGranuleShiftMax = 8;  // 1 TiB

inline constexpr size_t kKeySizeMax = 250;

// Values up to this size are copied into the reply; larger ones are pinned and sent without
// copying.  Such items have a pin count.
inline constexpr uint32_t kCopiedValueSizeMax = 2048;

// The largest chunk for a whole item: 7 per page.  Larger items are chained.
inline constexpr uint32_t kWholeItemSizeMax = 9360;
static_assert(7 * kWholeItemSizeMax <= kPageSize);

// Class ids are 1 to kClassCountMax; 0 means no class.
inline constexpr size_t kClassCountMax = 200;

// No item is smaller: it bounds how many buckets the index can ever need.
inline constexpr size_t kItemSizeMin = 32;

// The capacity of a worker's magazine per class: at most this many chunks and at most
// kMagazineBytesMax of memory, but always at least one chunk.
inline constexpr uint32_t kMagazineChunksMax = 32;
inline constexpr uint32_t kMagazineBytesMax = 8 << 10;

// How many chunks one refill sweeps before it evicts items that it would otherwise spare.
inline constexpr uint32_t kSweepChunksMax = 128;

// The access counter of an item saturates at this value.
inline constexpr uint8_t kFrequencyMax = 7;

// The target size of the small queue: this fraction of a class's chunks in use, but at least
// kSmallQueueChunksMin.
inline constexpr uint32_t kSmallQueueDivisor = 20;
inline constexpr uint32_t kSmallQueueChunksMin = 4;

// The smallest memory limit, as in memcached.
inline constexpr size_t kMemoryBytesMin = size_t{1} << 20;

// A limit that leaves fewer pages than this beside the index is refused, too.
inline constexpr size_t kPagesBesideIndexMin = 8;

}  // namespace larder::slab
