// The operations of one thread, drawn beforehand: measured is the store, not the dice.
//
// Threads: constant after construction; any thread may read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/bench/load/key_chooser.h"
#include "tests/bench/load/key_space.h"

namespace larder::bench {

inline constexpr uint32_t kKeySize = 13;

// Lies in memory as a client's pipeline does: one key after the other.
struct Operation {
  char name[kKeySize];
  bool writes;

  std::string_view key() const noexcept { return {name, kKeySize}; }
};

// Long enough that the processor's caches do not know its end when it begins anew.
inline constexpr size_t kStreamLength = size_t{1} << 21;

// Of keys drawn by `popularity`, about one in `one_write_in` a write.
std::vector<Operation> draw_stream(const KeySpace& keys, const Popularity& popularity,
                                   uint64_t one_write_in, uint64_t seed);

}  // namespace larder::bench
