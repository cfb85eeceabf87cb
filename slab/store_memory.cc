// Where chunks come from and go to: magazines, pages, eviction.

#include <algorithm>
#include <utility>

#include "base/assertions.h"
#include "slab/store.h"

namespace larder::slab {
namespace {

constexpr size_t kVictimsMax = 16;   // evicted at a time
constexpr int kSweepsMax = 64;       // by one write, before it looks for a page elsewhere
constexpr int kMercifulSweeps = 48;  // of those, the first

}  // namespace

bool Store::refill(ThreadCache& cache, ClassId id, base::Time now, Ref* ref) {
  SlabClass& slab_class = slab_classes_[id];
  ThreadCache::Magazine& magazine = cache.magazine(id);
  // Puts the chunks that take(std::span<Ref>) returns into the magazine.
  const auto stock = [&](auto take) {
    std::array<Ref, kMagazineChunksMax> chunks;
    const uint32_t room = magazine.capacity - magazine.count.load(std::memory_order_relaxed);
    const size_t count = take(std::span(chunks.data(), room));
    for (size_t i = count; i > 0; --i) magazine.push(chunks[i - 1]);  // the first is taken first
  };
  // Adding a page and taking from it is one step: otherwise other threads could empty the page in
  // between, and this one would evict although another page can be had.
  const auto stock_from_page = [&](PageIndex page) {
    stock([&](std::span<Ref> out) { return slab_class.add_page(page, out); });
    return magazine.pop(ref);
  };
  stock([&](std::span<Ref> out) { return slab_class.take_free(out); });
  if (magazine.pop(ref)) return true;
  if (reclaim_oldest(cache, id, now)) return magazine.pop(ref);
  const PageIndex unused = pool_.acquire();
  if (unused != kNoPage) return stock_from_page(unused);
  if (sweep_for_chunk(cache, id, now)) return magazine.pop(ref);
  if (!options_.evicts) return false;
  const PageIndex taken = take_page_from_others(cache, id, now);
  if (taken != kNoPage) return stock_from_page(taken);
  return magazine.pop(ref);  // of a large item that had a piece in one of the pages tried
}

// A class whose oldest items are dead need not grow.  True if the magazine has a chunk now.
bool Store::reclaim_oldest(ThreadCache& cache, ClassId id, base::Time now) {
  std::array<Ref, kVictimsMax> dead;
  const size_t count = slab_classes_[id].sweep_dead(
      dead, kSweepChunksMax, [&](Ref ref, uint8_t bits) { return look_at(ref, bits, now); });
  for (size_t i = 0; i < count; ++i) evict_candidate(cache, dead[i], now, Mercy::Living);
  return cache.magazine(id).count.load(std::memory_order_relaxed) > 0;
}

// Until the magazine has a chunk, or a whole lap met nothing that can go.  A store that does not
// evict looks for what is dead, and full is what it is most of the time: one sweep for each write
// that it refuses, from where the last one ended; maintenance finds the rest.
bool Store::sweep_for_chunk(ThreadCache& cache, ClassId id, base::Time now) {
  if (!options_.evicts) return evict_some(cache, id, Hand::Main, false, now) == Sweep::Found;
  SlabClass& slab_class = slab_classes_[id];
  size_t chunks_in_vain = 0;
  for (int sweep = 0; sweep < kSweepsMax; ++sweep) {
    // A small hand that finds nothing costs no more than its own sweep.
    const Hand hand = sweep == 0 ? slab_class.next_hand() : Hand::Main;
    switch (evict_some(cache, id, hand, sweep < kMercifulSweeps, now)) {
      case Sweep::Found: return true;
      case Sweep::Spared: chunks_in_vain = 0; break;
      case Sweep::Vain:
        if (hand == Hand::Small) break;
        chunks_in_vain += kSweepChunksMax;
        if (chunks_in_vain >= slab_class.usage().carved_count) return false;
        break;
    }
  }
  return false;
}

// One sweep of one of the class's hands.
Store::Sweep Store::evict_some(ThreadCache& cache, ClassId id, Hand hand, bool spares_accessed,
                               base::Time now) {
  std::array<Ref, kVictimsMax> victims;
  const size_t wanted = std::min<size_t>(kVictimsMax, cache.magazine(id).capacity);
  bool is_vain = false;
  const size_t count = slab_classes_[id].sweep(
      hand, {victims.data(), wanted}, kSweepChunksMax, options_.evicts,
      [&](Ref ref, uint8_t bits) { return look_at(ref, bits, now); }, &is_vain);
  Mercy mercy = options_.evicts ? Mercy::None : Mercy::Living;
  if (mercy == Mercy::None && spares_accessed) {
    mercy = hand == Hand::Small ? Mercy::SmallHand : Mercy::MainHand;
  }
  size_t evicted = 0;
  for (size_t i = 0; i < count; ++i) evicted += evict_candidate(cache, victims[i], now, mercy);
  cache.counters(id).forced.add(evicted);
  if (count > 0) cache.counters(id).direct_reclaims.add();
  if (cache.magazine(id).count.load(std::memory_order_relaxed) > 0) return Sweep::Found;
  return is_vain ? Sweep::Vain : Sweep::Spared;
}

// Looks at a chunk, and at the head of a piece, without the lock of its bucket.  A piece without a
// linked head is of a value that is being written or sent.
Sight Store::look_at(Ref ref, uint8_t bits, base::Time now) const noexcept {
  if ((bits & state::kPiece) != 0) {
    ref = racy_head_of(ref);
    if (!pool_.is_plausible(ref)) return {};
    bits = racy_state_of(ref);
    if ((bits & state::kLinked) == 0) return {};
  }
  if (racy_is_dead(ref, now)) return {Fate::Goes, bits};
  return {options_.evicts ? Fate::MayGo : Fate::Stays, bits};
}

PageIndex Store::start_draining(ClassId id, bool may_be_held, base::Time now) {
  return slab_classes_[id].start_draining(
      may_be_held, [&](Ref ref, uint8_t bits) { return look_at(ref, bits, now); });
}

// `ref` was linked a moment ago, and may be anything by now.  Its hash is computed from bytes that
// may be changing; if the bucket of that hash refers to the chunk, then it is an item of that
// bucket, whose lock we hold, and nothing else matters.
bool Store::evict_candidate(ThreadCache& cache, Ref ref, base::Time now, Mercy mercy) {
  const Ref candidate = ref;
  if ((racy_state_of(ref) & state::kPiece) != 0) {
    ref = racy_head_of(ref);
    if (!pool_.is_plausible(ref)) return false;
  }
  uint64_t hash;
  if (!racy_hash_of(ref, &hash)) return false;
  Bucket* bucket = index_.lock(hash);
  const Index::Slot slot = index_.find_ref(bucket, hash, ref);
  Item* item = slot ? pool_.item_at(ref) : nullptr;
  const bool was_dead = item != nullptr && is_dead(*item, now);
  if (item == nullptr || (!was_dead && is_spared(item, candidate, mercy))) {
    index_.unlock(bucket);
    return false;
  }
  ClassCounters& counters = cache.counters(item->class_id);
  const bool was_fetched = (item->state.load(std::memory_order_relaxed) & state::kFetched) != 0;
  const bool had_exptime = item->exptime.load(std::memory_order_relaxed) != 0;
  const uint32_t idle = seconds_between(*item, stamp(now));
  SlabClass& slab_class = slab_classes_[item->class_id];
  if (was_dead) {
    index_.erase(bucket, slot);
  } else {
    index_.erase_and_remember(bucket, slot, hash);
    count_chained(cache, *item, &ClassCounters::ghosts);
  }
  count_unlinked(cache, item);
  index_.unlock(bucket);
  if (!was_dead && cache.observer != nullptr) tell_evicted(cache, *item, was_fetched, idle, now);
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
  release(cache, item);
  return !was_dead;
}

// Of an item that has been unlinked: nobody else changes it.
void Store::tell_evicted(ThreadCache& cache, const Item& item, bool was_fetched, uint32_t idle,
                         base::Time now) noexcept {
  const base::Time exptime = item.exptime.load(std::memory_order_relaxed);
  cache.observer->evicted({.key = item.key(),
                           .seconds_left = exptime == 0 ? -1 : int64_t{exptime} - now,
                           .idle_seconds = idle,
                           .value_size = item.value_size,
                           .class_id = item.class_id,
                           .was_fetched = was_fetched});
}

void Store::count_chained(ThreadCache& cache, const Item& item,
                          base::OwnedCounter ClassCounters::*counter) noexcept {
  (cache.counters(item.class_id).*counter).add();
  if (!item.is_large()) return;
  ClassId last = item.class_id;
  for (Ref ref = item.first_piece(); ref != kNoRef;) {
    const Piece* piece = pool_.piece_at(ref);
    if (piece->class_id != last) (cache.counters(piece->class_id).*counter).add();
    last = piece->class_id;
    ref = piece->next.load(std::memory_order_relaxed);
  }
}

// The hands meet a large item at each of its pieces.  It is promoted at any of them, and counted
// down at the first.
bool Store::is_spared(Item* item, Ref candidate, Mercy mercy) const noexcept {
  if (mercy == Mercy::Crawler || mercy == Mercy::Living) return true;
  if (mercy == Mercy::None || candidate == pool_.ref_of(item)) return false;
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

void Store::free_item(ThreadCache& cache, Item* item) {
  if (item->is_large()) free_pieces(cache, item->first_piece());
  free_chunk(cache, item->class_id, pool_.ref_of(item));
}

void Store::free_pieces(ThreadCache& cache, Ref first) {
  for (Ref ref = first; ref != kNoRef;) {
    Piece* piece = pool_.piece_at(ref);
    const Ref next = piece->next.load(std::memory_order_relaxed);
    piece->state.store(0, std::memory_order_relaxed);
    cache.counters(piece->class_id).pieces.subtract();
    free_chunk(cache, piece->class_id, ref);
    ref = next;
  }
}

// A full magazine gives its older half back: what was freed last is in the processor's cache.
void Store::free_chunk(ThreadCache& cache, ClassId id, Ref ref) {
  ThreadCache::Magazine& magazine = cache.magazine(id);
  if (magazine.push(ref)) return;
  const uint32_t half = (magazine.capacity + 1) / 2;
  slab_classes_[id].give_back({magazine.chunks.data(), half});
  std::copy(magazine.chunks.begin() + half, magazine.chunks.begin() + magazine.capacity,
            magazine.chunks.begin());
  magazine.count.store(magazine.capacity - half, std::memory_order_relaxed);
  magazine.push(ref);
}

void Store::flush_magazine(ThreadCache& cache, ClassId id) {
  ThreadCache::Magazine& magazine = cache.magazine(id);
  const uint32_t count = magazine.count.load(std::memory_order_relaxed);
  if (count == 0) return;
  magazine.count.store(0, std::memory_order_relaxed);
  slab_classes_[id].give_back({magazine.chunks.data(), count});
}

void Store::flush_magazines(ThreadCache& cache) {
  for (size_t id = 1; id <= classes_.count(); ++id) flush_magazine(cache, static_cast<ClassId>(id));
}

}  // namespace larder::slab
