// The parts of Store that are compiled into their callers.  Include "slab/store.h" instead.
#pragma once

#include <utility>

#include "slab/store.h"

namespace larder::slab {

inline constexpr size_t kLineSize = 64;   // of a cache line
inline constexpr size_t kFrontLines = 3;  // enough for an item of 100 bytes

inline Ref Store::prefetch_item(const Key& key) const noexcept {
  const Ref ref = heap_.index.guess(key.hash);
  const char* chunk = heap_.pool.at(ref);
  for (size_t line = 0; line < kFrontLines; ++line) {
    __builtin_prefetch(chunk + line * kLineSize);
  }
  return ref;
}

// Like Index::guess(), this reads without a lock, and the result is only a hint.  If the slot was
// emptied meanwhile, the reference consists of ghosts and is arbitrary.
inline void Store::prefetch_rest([[maybe_unused]] Ref ref) const noexcept {
#if !defined(__SANITIZE_THREAD__)
  if (!heap_.pool.is_plausible(ref)) return;
  const Item& item = *heap_.pool.item_at(ref);
  if (item.value_size > kCopiedValueSizeMax) return;  // sent without copying
  const char* chunk = item.bytes();
  const size_t size = item.key_offset() + item.key_size + item.value_size;
  for (size_t at = kFrontLines * kLineSize; at < size + kLineSize; at += kLineSize) {
    __builtin_prefetch(chunk + at);
  }
#endif
}

template <bool kIsAccess, class OnHit>
ReadOutcome Store::read_item(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit) {
  Bucket* bucket = heap_.index.lock(key.hash);
  const Index::Slot slot = heap_.find(bucket, key);
  if (!slot) {
    heap_.index.unlock(bucket);
    return ReadOutcome::Missing;
  }
  Item* item = heap_.pool.item_at(slot.ref());
  const uint32_t stamp_now = heap_.stamp(now);
  if (__builtin_expect(heap_.is_dead(*item, now), 0)) {
    const ReadOutcome outcome =
        heap_.is_flushed(*item) ? ReadOutcome::Flushed : ReadOutcome::Expired;
    links_.unlink(cache, bucket, slot, item);
    heap_.index.unlock(bucket);
    heap_.release(cache, item);
    return outcome;
  }
  on_hit(ItemView{item, Heap::seconds_between(*item, stamp_now), &links_});
  if constexpr (kIsAccess) Links::note_access(item, stamp_now);
  heap_.index.unlock(bucket);
  return ReadOutcome::Hit;
}

template <class OnHit>
ReadOutcome Store::read(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit) {
  return read_item<true>(cache, key, now, on_hit);
}

template <class OnHit>
ReadOutcome Store::peek(ThreadCache& cache, const Key& key, base::Time now, OnHit on_hit) {
  return read_item<false>(cache, key, now, on_hit);
}

// After a miss the bucket is unlocked to allocate memory, so another thread may create the item.
template <class OnHit>
ReadOutcome Store::read_or_create(ThreadCache& cache, const Key& key,
                                  const Placeholder& placeholder, bool is_access, base::Time now,
                                  OnHit on_hit) {
  const auto on_old = [&](const ItemView& view) { on_hit(view, false); };
  const ReadOutcome outcome =
      is_access ? read(cache, key, now, on_old) : peek(cache, key, now, on_old);
  if (outcome == ReadOutcome::Hit) return outcome;
  ItemWriter writer = reserve(cache, key, 0, 0, now);
  if (!writer) return outcome;
  if (placeholder.key_is_binary) writer.item_->traits |= trait::kKeyIsBinary;

  Item* dead = nullptr;
  Bucket* bucket = heap_.index.lock(key.hash);
  const uint32_t stamp_now = heap_.stamp(now);
  const Index::Slot slot = links_.find_live(cache, bucket, key, now, &dead);
  Item* item = slot ? heap_.pool.item_at(slot.ref()) : nullptr;
  bool is_new = false;
  if (item == nullptr) {
    writer.item_->stamp.store(stamp_now, std::memory_order_relaxed);
    is_new = links_.link(cache, bucket, key, writer.item_, placeholder.cas);
    if (is_new) item = std::exchange(writer.item_, nullptr);
  }
  if (item != nullptr) {
    on_hit(ItemView{item, Heap::seconds_between(*item, stamp_now), &links_}, is_new);
    if (is_access) Links::note_access(item, stamp_now);
  }
  heap_.index.unlock(bucket);
  if (dead != nullptr) heap_.release(cache, dead);
  if (is_new) growth_.count(cache, 1, now);
  return item != nullptr ? ReadOutcome::Hit : outcome;
}

template <class OnHit>
ReadOutcome Store::read_and_touch(ThreadCache& cache, const Key& key, base::Time exptime,
                                  base::Time now, OnHit on_hit) {
  return read(cache, key, now, [&](const ItemView& view) {
    links_.set_exptime(view.item, exptime);
    on_hit(view);
  });
}

}  // namespace larder::slab
