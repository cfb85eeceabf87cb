// The layout of an item in a chunk.
//
//   0        4        8            12       13        14     15
//   | exptime | stamp | value_size | key_size | class_id | state | traits |   16 bytes
//   | cas (8) |              if the store has CAS ids
//   | client flags (4) |     if not 0
//   | pins (4) | first piece (4) |   if the value is large
//   | key | value, or the first part of it |
//
// Values that do not fit into one chunk continue in pieces, each in a chunk of its own:
//
//   | next (4) | head (4) | size (4) | 0 | class_id | state | traits | value bytes |
//
// Items have no list links: the index refers to them, and the order of pages and chunks is the
// eviction queue.
//
// Threads: a chunk belongs to one thread until its item is linked.  After that every field is
// accessed under the lock of its bucket, with two exceptions: the sweeping hands read `state`,
// `exptime` and `stamp` without it (and count down or promote in `state`); and the value of a large
// item never changes and may be read by the holder of a pin.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/clock.h"
#include "slab/limits.h"

namespace larder::slab {

// The offset of a chunk in the arena, in granules.
using Ref = uint32_t;
inline constexpr Ref kNoRef = 0;

namespace state {
inline constexpr uint8_t kLinked = 1;  // an item that its bucket refers to
inline constexpr uint8_t kPiece = 2;   // a piece of a large value
inline constexpr uint8_t kInUse = kLinked | kPiece;
inline constexpr uint8_t kFetched = 4;  // read since it was stored
inline constexpr uint8_t kMain = 8;     // in the main queue; otherwise in the small queue
inline constexpr unsigned kFrequencyShift = 4;
inline constexpr uint8_t kFrequencyMask = 7 << kFrequencyShift;
inline constexpr uint8_t kRetired = kFetched;  // and not linked: a PointInTimeWalk has it
inline constexpr uint8_t kChained = 128;       // linked, and the value continues in pieces

constexpr uint8_t frequency(uint8_t bits) { return (bits & kFrequencyMask) >> kFrequencyShift; }
constexpr uint8_t one_less(uint8_t bits) {
  return static_cast<uint8_t>(bits - (1u << kFrequencyShift));
}
}  // namespace state

namespace trait {
inline constexpr uint8_t kHasCas = 1;
inline constexpr uint8_t kHasFlags = 2;
inline constexpr uint8_t kLarge = 4;  // has the fields for pins and first piece
inline constexpr uint8_t kLayoutMask = kHasCas | kHasFlags | kLarge;

// These may change while an item is linked, under the bucket's lock.
inline constexpr uint8_t kKeyIsBinary = 8;     // the key is not text; meta replies encode it
inline constexpr uint8_t kStale = 16;          // marked as stale, but still served
inline constexpr uint8_t kTokenSent = 32;      // a reader has the token to recache it
inline constexpr uint8_t kHasForeignCas = 64;  // the CAS id was given by a client
inline constexpr uint8_t kColour = 128;  // before or after a point in time: see point_in_time.h
}  // namespace trait

// Bytes between the fixed header and the key, by traits.
inline constexpr uint8_t kOptionalSizes[8] = {0, 8, 4, 12, 8, 16, 12, 20};

// The location of a value.  Valid as long as the item, even if the item's traits change.
struct ValuePlace {
  const char* head;  // the part in the head chunk
  uint32_t size;     // bytes of the whole value
  Ref first_piece;   // or kNoRef
};

struct Item {
  std::atomic<base::Time> exptime;  // expired from this time on; 0: never
  std::atomic<uint32_t> stamp;      // the last access, as a FlushClock stamp
  uint32_t value_size;              // bytes of the whole value
  uint8_t key_size;
  uint8_t class_id;
  std::atomic<uint8_t> state;
  uint8_t traits;

  char* bytes() noexcept { return reinterpret_cast<char*>(this); }
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(this); }

  uint32_t key_offset() const noexcept {
    return kHeaderSize + kOptionalSizes[traits & trait::kLayoutMask];
  }
  std::string_view key() const noexcept { return {bytes() + key_offset(), key_size}; }
  // The value, or its part in the head chunk.
  char* value() noexcept { return bytes() + key_offset() + key_size; }
  const char* value() const noexcept { return bytes() + key_offset() + key_size; }

  ValuePlace value_place() const noexcept {
    return {value(), value_size, is_large() ? first_piece() : kNoRef};
  }

  uint64_t cas() const noexcept {
    uint64_t cas = 0;
    if (traits & trait::kHasCas) std::memcpy(&cas, bytes() + kHeaderSize, sizeof(cas));
    return cas;
  }
  void set_cas(uint64_t cas) noexcept {
    if (traits & trait::kHasCas) std::memcpy(bytes() + kHeaderSize, &cas, sizeof(cas));
  }
  uint32_t flags() const noexcept {
    uint32_t flags = 0;
    if (traits & trait::kHasFlags) {
      const uint32_t cas_size = (traits & trait::kHasCas) ? 8 : 0;
      std::memcpy(&flags, bytes() + kHeaderSize + cas_size, sizeof(flags));
    }
    return flags;
  }
  void set_flags(uint32_t flags) noexcept {  // Precondition: kHasFlags.
    const uint32_t cas_size = (traits & trait::kHasCas) ? 8 : 0;
    std::memcpy(bytes() + kHeaderSize + cas_size, &flags, sizeof(flags));
  }

  bool is_large() const noexcept { return (traits & trait::kLarge) != 0; }
  // While the item is linked, the index counts as one pin.  Precondition: is_large().
  std::atomic<uint32_t>& pins() noexcept {
    return *reinterpret_cast<std::atomic<uint32_t>*>(bytes() + key_offset() - 8);
  }
  Ref first_piece() const noexcept {
    Ref ref;
    std::memcpy(&ref, bytes() + key_offset() - 4, sizeof(ref));
    return ref;
  }
  void set_first_piece(Ref ref) noexcept {
    std::memcpy(bytes() + key_offset() - 4, &ref, sizeof(ref));
  }

  static constexpr uint32_t kHeaderSize = 16;
};
static_assert(sizeof(Item) == Item::kHeaderSize);

// `next` and `head` have the offsets of an item's times, because a sweeping hand may read them as
// such.
struct Piece {
  std::atomic<Ref> next;  // kNoRef: the last
  std::atomic<Ref> head;  // the item this is a piece of
  uint32_t size;
  uint8_t unused;
  uint8_t class_id;
  std::atomic<uint8_t> state;
  uint8_t traits;

  char* value() noexcept { return reinterpret_cast<char*>(this) + kHeaderSize; }
  const char* value() const noexcept { return reinterpret_cast<const char*>(this) + kHeaderSize; }

  static constexpr uint32_t kHeaderSize = 16;
};
static_assert(sizeof(Piece) == Piece::kHeaderSize);
static_assert(offsetof(Piece, next) == offsetof(Item, exptime));
static_assert(offsetof(Piece, head) == offsetof(Item, stamp));
static_assert(offsetof(Piece, state) == offsetof(Item, state));
static_assert(offsetof(Piece, class_id) == offsetof(Item, class_id));

// An unused chunk on the free list of its page.
struct FreeChunk {
  Ref next;
};

}  // namespace larder::slab
