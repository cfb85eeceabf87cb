#include "slab/chunk_supply.h"

#include <algorithm>
#include <array>
#include <span>

#include "slab/limits.h"

namespace larder::slab {
namespace {

constexpr size_t kVictimsMax = 16;   // evicted at a time
constexpr int kSweepsMax = 64;       // by one write, before it looks for a page elsewhere
constexpr int kMercifulSweeps = 48;  // of those, the first

}  // namespace

bool ChunkSupply::refill(ThreadCache& cache, ClassId id, base::Time now, Ref* ref) {
  SlabClass& slab_class = heap_.slab_classes[id];
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
  const PageIndex unused = heap_.pool.acquire();
  if (unused != kNoPage) return stock_from_page(unused);
  if (sweep_for_chunk(cache, id, now)) return magazine.pop(ref);
  if (!heap_.options.evicts) return false;
  const PageIndex taken = drain_.take_page(cache, id, now);
  if (taken != kNoPage) return stock_from_page(taken);
  return magazine.pop(ref);  // of a large item that had a piece in one of the pages tried
}

// A class whose oldest items are dead need not grow.  True if the magazine has a chunk now.
bool ChunkSupply::reclaim_oldest(ThreadCache& cache, ClassId id, base::Time now) {
  std::array<Ref, kVictimsMax> dead;
  const size_t count = heap_.slab_classes[id].sweep_dead(
      dead, kSweepChunksMax,
      [&](Ref ref, uint8_t bits) { return eviction_.look_at(ref, bits, now); });
  for (size_t i = 0; i < count; ++i) eviction_.evict(cache, dead[i], now, Mercy::Living);
  return cache.magazine(id).count.load(std::memory_order_relaxed) > 0;
}

// Until the magazine has a chunk, or a whole lap met nothing that can go.  A store that does not
// evict looks for what is dead, and full is what it is most of the time: one sweep for each write
// that it refuses, from where the last one ended; maintenance finds the rest.
bool ChunkSupply::sweep_for_chunk(ThreadCache& cache, ClassId id, base::Time now) {
  if (!heap_.options.evicts) return evict_some(cache, id, Hand::Main, false, now) == Sweep::Found;
  SlabClass& slab_class = heap_.slab_classes[id];
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
ChunkSupply::Sweep ChunkSupply::evict_some(ThreadCache& cache, ClassId id, Hand hand,
                                           bool spares_accessed, base::Time now) {
  std::array<Ref, kVictimsMax> victims;
  const size_t wanted = std::min<size_t>(kVictimsMax, cache.magazine(id).capacity);
  bool is_vain = false;
  const size_t count = heap_.slab_classes[id].sweep(
      hand, {victims.data(), wanted}, kSweepChunksMax, heap_.options.evicts,
      [&](Ref ref, uint8_t bits) { return eviction_.look_at(ref, bits, now); }, &is_vain);
  Mercy mercy = heap_.options.evicts ? Mercy::None : Mercy::Living;
  if (mercy == Mercy::None && spares_accessed) {
    mercy = hand == Hand::Small ? Mercy::SmallHand : Mercy::MainHand;
  }
  size_t evicted = 0;
  for (size_t i = 0; i < count; ++i) evicted += eviction_.evict(cache, victims[i], now, mercy);
  cache.counters(id).forced.add(evicted);
  if (count > 0) cache.counters(id).direct_reclaims.add();
  if (cache.magazine(id).count.load(std::memory_order_relaxed) > 0) return Sweep::Found;
  return is_vain ? Sweep::Vain : Sweep::Spared;
}

}  // namespace larder::slab
