#include "server/insight/miniature_cache.h"

#include "base/assertions.h"

namespace larder::server {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint64_t kSmallQueueDivisor = 20;
constexpr uint8_t kFrequencyMax = 7;
constexpr uint8_t kFrequencyOfReturned = 1;

}  // namespace

void MiniatureCache::set_capacity(uint64_t bytes) {
  capacity_ = bytes;
  make_room();
}

void MiniatureCache::hit(uint32_t key) noexcept {
  MiniatureSpot& here = spot(key);
  if (here.frequency < kFrequencyMax) ++here.frequency;
}

void MiniatureCache::insert(uint32_t key) {
  if (keys_[key].size > capacity_) return;
  MiniatureSpot& here = spot(key);
  const bool returns = here.place == MiniaturePlace::Ghost;
  if (returns) {
    unlink(key);
  } else {
    ++keys_[key].known_count;
  }
  here.frequency = returns ? kFrequencyOfReturned : 0;
  push(returns ? MiniaturePlace::Main : MiniaturePlace::Small, key);
  make_room();
}

void MiniatureCache::resized(uint32_t key, uint32_t size_before) {
  if (spot(key).place == MiniaturePlace::Out) return;
  Queue& queue = queue_at(spot(key).place);
  queue.bytes = queue.bytes - size_before + keys_[key].size;
  make_room();
}

void MiniatureCache::remove(uint32_t key) {
  if (spot(key).place == MiniaturePlace::Out) return;
  unlink(key);
  forget(key);
}

MiniatureCache::Queue& MiniatureCache::queue_at(MiniaturePlace place) noexcept {
  switch (place) {
    case MiniaturePlace::Small: return small_;
    case MiniaturePlace::Main: return main_;
    case MiniaturePlace::Ghost: return ghosts_;
    case MiniaturePlace::Out: break;
  }
  UNREACHABLE();
}

void MiniatureCache::push(MiniaturePlace place, uint32_t key) {
  Queue& queue = queue_at(place);
  MiniatureSpot& here = spot(key);
  here.place = place;
  here.older = queue.newest;
  here.newer = kNone;
  (queue.newest != kNone ? spot(queue.newest).newer : queue.oldest) = key;
  queue.newest = key;
  queue.bytes += keys_[key].size;
  ++queue.count;
}

void MiniatureCache::unlink(uint32_t key) {
  const MiniatureSpot& here = spot(key);
  Queue& queue = queue_at(here.place);
  (here.newer != kNone ? spot(here.newer).older : queue.newest) = here.older;
  (here.older != kNone ? spot(here.older).newer : queue.oldest) = here.newer;
  queue.bytes -= keys_[key].size;
  --queue.count;
}

// Precondition: it is in no queue any more.
void MiniatureCache::forget(uint32_t key) {
  spot(key).place = MiniaturePlace::Out;
  if (--keys_[key].known_count == 0) forgotten_.push_back(key);
}

void MiniatureCache::make_room() {
  while (bytes() > capacity_) {
    if (small_.bytes * kSmallQueueDivisor > capacity_ || main_.count == 0) {
      evict_from_small();
    } else {
      evict_from_main();
    }
  }
}

void MiniatureCache::evict_from_small() {
  const uint32_t key = small_.oldest;
  unlink(key);
  if (spot(key).frequency > 0) {
    push(MiniaturePlace::Main, key);
  } else {
    leave_ghost(key);
  }
}

void MiniatureCache::evict_from_main() {
  const uint32_t key = main_.oldest;
  unlink(key);
  if (spot(key).frequency > 0) {
    --spot(key).frequency;
    push(MiniaturePlace::Main, key);
  } else {
    leave_ghost(key);
  }
}

void MiniatureCache::leave_ghost(uint32_t key) {
  push(MiniaturePlace::Ghost, key);
  while (ghosts_.count > small_.count + main_.count) {
    const uint32_t oldest = ghosts_.oldest;
    unlink(oldest);
    forget(oldest);
  }
}

}  // namespace larder::server
