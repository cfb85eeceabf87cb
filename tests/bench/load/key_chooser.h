// Which key comes next.
//
// Threads: Popularity is constant after construction and shared; a KeyChooser is one thread's.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/load/random.h"

namespace larder::bench {

// How likely each key is, prepared so that drawing one takes constant time: an alias table, in
// which each slot holds its own key and one other, and the odds between them.
class Popularity {
 public:
  // `zipf_exponent` 0 is uniform and takes no memory; otherwise 8 bytes per key.
  // Popular keys are spread over the whole key space.
  Popularity(uint64_t key_count, double zipf_exponent);

  uint64_t draw(Random& random) const noexcept {
    const uint64_t index = random.below(key_count_);
    if (slots_.empty()) return index;
    const Slot& slot = slots_[index];
    return static_cast<uint32_t>(random.next()) <= slot.own_odds ? index : slot.other;
  }

 private:
  struct Slot {
    uint32_t own_odds = 0xFFFFFFFF;  // of 2^32
    uint32_t other = 0;
  };

  uint64_t key_count_;
  std::vector<Slot> slots_;
};

class KeyChooser {
 public:
  // Draws by `popularity`, which must outlive this.
  KeyChooser(const Popularity& popularity, uint64_t seed)
      : popularity_(&popularity), random_(seed) {}

  // Counts up from `first`.
  explicit KeyChooser(uint64_t first) : random_(0), next_(first) {}

  uint64_t next() noexcept { return popularity_ != nullptr ? popularity_->draw(random_) : next_++; }
  bool one_in(uint64_t count) noexcept { return random_.below(count) == 0; }

 private:
  const Popularity* popularity_ = nullptr;
  Random random_;
  uint64_t next_ = 0;
};

}  // namespace larder::bench
