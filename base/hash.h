// The hash of a key: 64-bit XXH3 (xxHash, by Yann Collet) with a seed chosen randomly at the start,
// so that clients cannot construct keys for one bucket.
//
// Threads: the seed is set before other threads start and never changes.
#pragma once

#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace larder::base {

class Hasher {
 public:
  explicit Hasher(uint64_t seed) noexcept : seed_(seed) {}
  uint64_t operator()(std::string_view key) const noexcept {
    return XXH3_64bits_withSeed(key.data(), key.size(), seed_);
  }

 private:
  uint64_t seed_;
};

}  // namespace larder::base
