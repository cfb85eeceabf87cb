// The parts of Store that are compiled into their callers.  Include "slab/store.h" instead.
#pragma once

#include <utility>

#include "slab/store.h"

namespace larder::slab {

// Writes only what changes, so that the cache line of a hot item stays shared between cores.
inline void Store::note_access(Item* item, uint32_t stamp_now) noexcept {
  const uint8_t bits = item->state.load(std::memory_order_relaxed);
  auto wanted = static_cast<uint8_t>(bits | state::kFetched);
  if (state::frequency(bits) < kFrequencyMax) {
    wanted = static_cast<uint8_t>(wanted + (1u << state::kFrequencyShift));
  }
  if (wanted != bits) item->state.store(wanted, std::memory_order_relaxed);
  raise_stamp(item, stamp_now);
}

// Like Index::guess(), this reads without a lock, and the result is only a hint.  If the slot was
// emptied meanwhile, the reference consists of ghosts and is arbitrary.
inline void Store::prefetch_rest([[maybe_unused]] Ref ref) const noexcept {
#if !defined(__SANITIZE_THREAD__)
  if (!pool_.is_plausible(ref)) return;
  const Item& item = *pool_.item_at(ref);
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
  Bucket* bucket = index_.lock(key.hash);
  const Index::Slot slot = find(bucket, key);
  if (!slot) {
    index_.unlock(bucket);
    return ReadOutcome::Missing;
  }
  Item* item = pool_.item_at(slot.ref());
  const uint32_t stamp_now = stamp(now);
  if (__builtin_expect(is_dead(*item, now), 0)) {
    const ReadOutcome outcome = is_flushed(*item) ? ReadOutcome::Flushed : ReadOutcome::Expired;
    unlink(cache, bucket, slot, item);
    index_.unlock(bucket);
    release(cache, item);
    return outcome;
  }
  const base::Time exptime = item->exptime.load(std::memory_order_relaxed);
  on_hit(ItemView{item, seconds_between(*item, stamp_now)});
  if constexpr (kIsAccess) note_access(item, stamp_now);
  if (__builtin_expect(item->exptime.load(std::memory_order_relaxed) != exptime, 0)) {
    note_exptime(*item);
  }
  index_.unlock(bucket);
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
  Bucket* bucket = index_.lock(key.hash);
  const uint32_t stamp_now = stamp(now);
  const Index::Slot slot = find_live(cache, bucket, key, now, &dead);
  Item* item = slot ? pool_.item_at(slot.ref()) : nullptr;
  bool is_new = false;
  if (item == nullptr) {
    writer.item_->stamp.store(stamp_now, std::memory_order_relaxed);
    is_new = link_new(cache, bucket, key, writer.item_, placeholder.cas);
    if (is_new) item = std::exchange(writer.item_, nullptr);
  }
  if (item != nullptr) {
    on_hit(ItemView{item, seconds_between(*item, stamp_now)}, is_new);
    note_exptime(*item);
    if (is_access) note_access(item, stamp_now);
  }
  index_.unlock(bucket);
  if (dead != nullptr) release(cache, dead);
  if (is_new) count_balance(cache, 1, now);
  return item != nullptr ? ReadOutcome::Hit : outcome;
}

template <class OnHit>
ReadOutcome Store::read_and_touch(ThreadCache& cache, const Key& key, base::Time exptime,
                                  base::Time now, OnHit on_hit) {
  return read(cache, key, now, [&](const ItemView& view) {
    view.item->exptime.store(exptime, std::memory_order_relaxed);
    on_hit(view);
  });
}

template <class Visit>
void Store::for_each_run(const ValuePlace& value, Visit visit) const {
  uint32_t in_head = value.size;
  const Ref first = value.first_piece;
  const auto next = [this](Ref ref) {
    return pool_.piece_at(ref)->next.load(std::memory_order_relaxed);
  };
  for (Ref ref = first; ref != kNoRef; ref = next(ref)) in_head -= pool_.piece_at(ref)->size;
  if (in_head > 0) visit(std::string_view(value.head, in_head));
  for (Ref ref = first; ref != kNoRef; ref = next(ref)) {
    visit(std::string_view(pool_.piece_at(ref)->value(), pool_.piece_at(ref)->size));
  }
}

template <class Visit>
void ItemPin::for_each_run(Visit visit) const {
  store_->for_each_run(value_, visit);
}

template <class Visit>
void Store::visit_racy(Ref ref, Visit visit) {
  if ((racy_state_of(ref) & state::kLinked) == 0) return;
  uint64_t hash;
  if (!racy_hash_of(ref, &hash)) return;
  Bucket* bucket = index_.lock(hash);
  const Index::Slot slot = index_.find_ref(bucket, hash, ref);
  if (slot) visit(pool_.item_at(ref), bucket, slot);
  index_.unlock(bucket);
}

template <class Visit>
bool Store::visit_live(Ref ref, base::Time now, Visit visit) {
  bool goes_on = true;
  visit_racy(ref, [&](Item* item, Bucket*, Index::Slot) {
    if (is_dead(*item, now)) return;
    goes_on = visit(ItemView{item, seconds_between(*item, stamp(now))});
  });
  return goes_on;
}

template <class Visit>
void Store::for_each_item(ClassId id, base::Time now, Visit visit) {
  slab_classes_[id].for_each_chunk([&](Ref ref) { return visit_live(ref, now, visit); });
}

// A page may move to another class between two steps of a walk; the walk then continues in its new
// chunks and skips those before the position.
template <class Look>
bool Store::walk_chunks(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max,
                        Look look) {
  const PageIndex end = pool_.first_untouched();
  size_t looked_at = 0;
  for (; place.page < end; ++place.page, place.chunk = 0, ++looked_at) {  // a page counts as one
    if (looked_at >= chunk_count_max) return true;
    const ClassId id = pool_.page(place.page).class_id.load(std::memory_order_relaxed);
    if (id == kNoClass || !classes[id]) continue;
    SlabClass& slab_class = slab_classes_[id];
    const uint32_t carved_count = slab_class.carved_count_of(place.page);
    while (place.chunk < carved_count) {
      if (looked_at++ >= chunk_count_max) return true;
      const Ref ref = pool_.chunk_ref(place.page, place.chunk++, slab_class.chunk_size());
      if (!look(ref, id)) return true;
    }
  }
  return false;
}

template <class Visit>
bool Store::walk(WalkPlace& place, const ClassSet& classes, size_t chunk_count_max, base::Time now,
                 Visit visit) {
  return walk_chunks(place, classes, chunk_count_max,
                     [&](Ref ref, ClassId) { return visit_live(ref, now, visit); });
}

}  // namespace larder::slab
