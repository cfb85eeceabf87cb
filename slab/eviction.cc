#include "slab/eviction.h"

#include <atomic>

#include "slab/observer.h"
#include "slab/racy_chunk.h"

namespace larder::slab {

// Looks at a chunk, and at the head of a piece, without the lock of its bucket.  A piece without a
// linked head is of a value that is being written or sent.
Sight Eviction::look_at(Ref ref, uint8_t bits, base::Time now) const noexcept {
  if ((bits & state::kPiece) != 0) {
    ref = RacyChunk(heap_, ref).head();
    if (!heap_.pool.is_plausible(ref)) return {};
    bits = RacyChunk(heap_, ref).state();
    if ((bits & state::kLinked) == 0) return {};
  }
  if (RacyChunk(heap_, ref).is_dead(now)) return {Fate::Goes, bits};
  return {heap_.options.evicts ? Fate::MayGo : Fate::Stays, bits};
}

// The chunk may be anything by now.  Its hash is computed from bytes that may be changing; if the
// bucket of that hash refers to the chunk, then it is an item of that bucket, whose lock we hold,
// and nothing else matters.
bool Eviction::evict(ThreadCache& cache, Ref candidate, base::Time now, Mercy mercy) {
  Ref ref = candidate;
  if ((RacyChunk(heap_, ref).state() & state::kPiece) != 0) {
    ref = RacyChunk(heap_, ref).head();
    if (!heap_.pool.is_plausible(ref)) return false;
  }
  uint64_t hash;
  if (!RacyChunk(heap_, ref).hash(&hash)) return false;
  Bucket* bucket = heap_.index.lock(hash);
  const Index::Slot slot = heap_.index.find_ref(bucket, hash, ref);
  Item* item = slot ? heap_.pool.item_at(ref) : nullptr;
  const bool was_dead = item != nullptr && heap_.is_dead(*item, now);
  if (item == nullptr || (!was_dead && is_spared(item, candidate, mercy))) {
    heap_.index.unlock(bucket);
    return false;
  }
  ClassCounters& counters = cache.counters(item->class_id);
  const bool was_fetched = (item->state.load(std::memory_order_relaxed) & state::kFetched) != 0;
  const bool had_exptime = item->exptime.load(std::memory_order_relaxed) != 0;
  const uint32_t idle = Heap::seconds_between(*item, heap_.stamp(now));
  SlabClass& slab_class = heap_.slab_classes[item->class_id];
  if (was_dead) {
    links_.unlink(cache, bucket, slot, item);
  } else {
    links_.unlink_evicted(cache, bucket, slot, hash, item);
  }
  heap_.index.unlock(bucket);
  if (!was_dead && cache.observer != nullptr) tell(cache, *item, was_fetched, idle, now);
  if (was_dead) {
    (mercy == Mercy::Crawler ? counters.crawler_reclaimed : counters.reclaimed).add();
    if (!was_fetched) counters.expired_unfetched.add();
  } else {
    counters.evicted.add();
    if (!was_fetched) counters.evicted_unfetched.add();
    if (had_exptime) counters.evicted_nonzero.add();
    // Beside the class's mutex: written only if it says something new.
    if (slab_class.evicted_idle_seconds.load(std::memory_order_relaxed) != idle) {
      slab_class.evicted_idle_seconds.store(idle, std::memory_order_relaxed);
    }
  }
  heap_.release(cache, item);
  return !was_dead;
}

// The hands meet a large item at each of its pieces.  It is promoted at any of them, and counted
// down at the first.
bool Eviction::is_spared(Item* item, Ref candidate, Mercy mercy) const noexcept {
  if (mercy == Mercy::Crawler || mercy == Mercy::Living) return true;
  if (mercy == Mercy::None || candidate == heap_.pool.ref_of(item)) return false;
  const uint8_t bits = item->state.load(std::memory_order_relaxed);
  if (mercy == Mercy::SmallHand && (bits & state::kMain) != 0) return true;
  if (state::frequency(bits) == 0) return false;
  if (mercy == Mercy::SmallHand) {
    item->state.store(bits | state::kMain, std::memory_order_relaxed);
  } else if (item->is_large() && candidate == item->first_piece()) {
    item->state.store(state::one_less(bits), std::memory_order_relaxed);
  }
  return true;
}

// Of an item that has been unlinked: nobody else changes it.
void Eviction::tell(ThreadCache& cache, const Item& item, bool was_fetched, uint32_t idle,
                    base::Time now) noexcept {
  const base::Time exptime = item.exptime.load(std::memory_order_relaxed);
  cache.observer->evicted({.key = item.key(),
                           .seconds_left = exptime == 0 ? -1 : int64_t{exptime} - now,
                           .idle_seconds = idle,
                           .value_size = item.value_size,
                           .class_id = item.class_id,
                           .was_fetched = was_fetched});
}

}  // namespace larder::slab
