#include "slab/racy_chunk.h"

#include <array>
#include <cstddef>

#include "slab/limits.h"

namespace larder::slab {
namespace {

static_assert(offsetof(Item, exptime) == 0 && offsetof(Item, stamp) == 4);

// Copies byte by byte with volatile reads, so that the thread sanitizer can be disabled for this
// function; it would still check a library's memcpy().
__attribute__((no_sanitize("thread"))) void copy_racy(char* to, const volatile char* from,
                                                      size_t size) noexcept {
  for (size_t i = 0; i < size; ++i) to[i] = from[i];
}

}  // namespace

uint8_t RacyChunk::state() const noexcept {
  char bits;
  copy_racy(&bits, heap_.pool.at(ref_) + offsetof(Item, state), sizeof(bits));
  return static_cast<uint8_t>(bits);
}

bool RacyChunk::hash(uint64_t* hash) const noexcept {
  const char* chunk = heap_.pool.at(ref_);
  char header[Item::kHeaderSize];
  copy_racy(header, chunk, sizeof(header));
  const auto key_size = static_cast<uint8_t>(header[offsetof(Item, key_size)]);
  const auto traits = static_cast<uint8_t>(header[offsetof(Item, traits)]);
  if (key_size == 0 || key_size > kKeySizeMax) return false;
  char key[kKeySizeMax];
  const size_t offset = Item::kHeaderSize + kOptionalSizes[traits & trait::kLayoutMask];
  copy_racy(key, chunk + offset, key_size);
  *hash = heap_.hasher({key, key_size});
  return true;
}

base::Time RacyChunk::exptime() const noexcept {
  base::Time exptime;
  copy_racy(reinterpret_cast<char*>(&exptime), heap_.pool.at(ref_), sizeof(exptime));
  return exptime;
}

uint32_t RacyChunk::stamp() const noexcept {
  uint32_t stamp;
  copy_racy(reinterpret_cast<char*>(&stamp), heap_.pool.at(ref_) + offsetof(Item, stamp),
            sizeof(stamp));
  return stamp;
}

bool RacyChunk::is_dead(base::Time now) const noexcept {
  std::array<uint32_t, 2> times;  // exptime and stamp
  copy_racy(reinterpret_cast<char*>(times.data()), heap_.pool.at(ref_), sizeof(times));
  return Heap::is_past(times[0], now) || heap_.flush_clock.is_flushed(times[1]);
}

Ref RacyChunk::head() const noexcept {
  Ref head;
  copy_racy(reinterpret_cast<char*>(&head), heap_.pool.at(ref_) + offsetof(Piece, head),
            sizeof(head));
  return head;
}

}  // namespace larder::slab
