// A key and its hash, which is computed once per request.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace larder::slab {

// Does not own the bytes.  Keys have 1 to kKeySizeMax bytes.
struct Key {
  std::string_view bytes;
  uint64_t hash;

  Key(std::string_view key_bytes, const base::Hasher& hasher) noexcept
      : bytes(key_bytes), hash(hasher(key_bytes)) {}
  Key(std::string_view key_bytes, uint64_t key_hash) noexcept : bytes(key_bytes), hash(key_hash) {}
};

}  // namespace larder::slab
