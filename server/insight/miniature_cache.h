// A cache in miniature: S3-FIFO over the sampled keys, in as many bytes as the sample is of all.
//
// The policy is the store's (docs/eviction.md) with exact queues: a small one with a twentieth of
// the bytes, a main one, frequencies up to 7, as many ghosts as items, and what comes back from
// them begins in the main queue with a frequency of 1.
//
// Several caches share the keys: each has its own spot in every key, and links keys by number.
//
// Threads: one owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace larder::server {

inline constexpr size_t kMiniatureCount = 5;

enum class MiniaturePlace : uint8_t { Out, Small, Main, Ghost };

// What a cache keeps of a key.
struct MiniatureSpot {
  uint32_t older;
  uint32_t newer;
  MiniaturePlace place = MiniaturePlace::Out;
  uint8_t frequency = 0;
};

struct SampledKey {
  uint64_t hash = 0;
  uint32_t size = 0;          // bytes the item takes
  base::Time expires_at = 0;  // 0: never
  uint32_t next = 0;          // the table's
  uint16_t known_count = 0;   // caches whose spot is not Out
  bool is_in_table = false;
  std::array<MiniatureSpot, kMiniatureCount> spots{};
};

class MiniatureCache {
 public:
  // `number`: which spot is ours.  A key that no cache knows any more is appended to `forgotten`;
  // it may become known again, and be appended once more.  Both outlive the cache.
  MiniatureCache(size_t number, std::vector<SampledKey>& keys, std::vector<uint32_t>& forgotten)
      : number_(number), keys_(keys), forgotten_(forgotten) {}

  // Evicts what does not fit any more.
  void set_capacity(uint64_t bytes);
  uint64_t bytes() const noexcept { return small_.bytes + main_.bytes; }

  bool holds(uint32_t key) const noexcept {
    const MiniaturePlace place = spot(key).place;
    return place == MiniaturePlace::Small || place == MiniaturePlace::Main;
  }
  // An access to what it holds.
  void hit(uint32_t key) noexcept;
  // Precondition: it does not hold it.  Items larger than the cache are not taken.
  void insert(uint32_t key);
  // The key's size was another one before.
  void resized(uint32_t key, uint32_t size_before);
  // Forgets the key.
  void remove(uint32_t key);

 private:
  struct Queue {
    uint32_t newest = UINT32_MAX;
    uint32_t oldest = UINT32_MAX;
    uint64_t bytes = 0;
    uint64_t count = 0;
  };

  MiniatureSpot& spot(uint32_t key) noexcept { return keys_[key].spots[number_]; }
  const MiniatureSpot& spot(uint32_t key) const noexcept { return keys_[key].spots[number_]; }
  Queue& queue_at(MiniaturePlace place) noexcept;
  void push(MiniaturePlace place, uint32_t key);
  void unlink(uint32_t key);
  void forget(uint32_t key);
  void make_room();
  void evict_from_small();
  void evict_from_main();
  void leave_ghost(uint32_t key);

  const size_t number_;
  std::vector<SampledKey>& keys_;
  std::vector<uint32_t>& forgotten_;
  uint64_t capacity_ = 0;
  Queue small_;
  Queue main_;
  Queue ghosts_;
};

}  // namespace larder::server
