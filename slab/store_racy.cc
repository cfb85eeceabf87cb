// Intentionally racy reads of chunks that other threads own and may change meanwhile.  The results
// are verified under a bucket's lock before they are used.

#include "slab/store.h"

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

uint8_t Store::racy_state_of(Ref ref) const noexcept {
  char bits;
  copy_racy(&bits, pool_.at(ref) + offsetof(Item, state), sizeof(bits));
  return static_cast<uint8_t>(bits);
}

bool Store::racy_hash_of(Ref ref, uint64_t* hash) const noexcept {
  const char* chunk = pool_.at(ref);
  char header[Item::kHeaderSize];
  copy_racy(header, chunk, sizeof(header));
  const auto key_size = static_cast<uint8_t>(header[offsetof(Item, key_size)]);
  const auto traits = static_cast<uint8_t>(header[offsetof(Item, traits)]);
  if (key_size == 0 || key_size > kKeySizeMax) return false;
  char key[kKeySizeMax];
  const size_t offset = Item::kHeaderSize + kOptionalSizes[traits & trait::kLayoutMask];
  copy_racy(key, chunk + offset, key_size);
  *hash = hasher_({key, key_size});
  return true;
}

Ref Store::racy_head_of(Ref piece) const noexcept {
  Ref head;
  copy_racy(reinterpret_cast<char*>(&head), pool_.at(piece) + offsetof(Piece, head), sizeof(head));
  return head;
}

base::Time Store::racy_exptime_of(Ref ref) const noexcept {
  base::Time exptime;
  copy_racy(reinterpret_cast<char*>(&exptime), pool_.at(ref), sizeof(exptime));
  return exptime;
}

uint32_t Store::racy_stamp_of(Ref ref) const noexcept {
  uint32_t stamp;
  copy_racy(reinterpret_cast<char*>(&stamp), pool_.at(ref) + offsetof(Item, stamp), sizeof(stamp));
  return stamp;
}

bool Store::racy_is_dead(Ref ref, base::Time now) const noexcept {
  std::array<uint32_t, 2> times;  // exptime and stamp
  copy_racy(reinterpret_cast<char*>(times.data()), pool_.at(ref), sizeof(times));
  return is_past(times[0], now) || flush_clock_.is_flushed(times[1]);
}

}  // namespace larder::slab
