#include "server/insight/miniature_cache.h"

#include <algorithm>

#include "base/assertions.h"

namespace larder::server {
namespace {

using slab::ClassId;
using slab::Footprint;
using slab::Hand;
namespace state = slab::state;

constexpr uint8_t kOneAccess = 1 << state::kFrequencyShift;
constexpr uint8_t kBitsOfReturned = state::kMain | kOneAccess;
constexpr uint8_t kEarnedBits = state::kMain | state::kFrequencyMask;

// Calls visit(ClassId, chunks) for each class in which the item has chunks, the head's class first.
template <class Visit>
void for_each_class(const slab::SizeClasses& classes, const Footprint& chunks, Visit visit) {
  visit(chunks.head, 1);
  for (size_t i = 0; i < Footprint::kPieceClassesMax; ++i) {
    if (chunks.piece_counts[i] != 0) {
      visit(classes.piece_classes()[i], uint32_t{chunks.piece_counts[i]});
    }
  }
}

}  // namespace

MiniatureCache::MiniatureCache(size_t number, const slab::Options& options,
                               const slab::SizeClasses& classes, std::vector<SampledKey>& keys,
                               std::vector<uint32_t>& forgotten)
    : number_(number),
      options_(options),
      size_classes_(classes),
      keys_(keys),
      forgotten_(forgotten),
      classes_(classes.count() + 1),
      budget_(options, classes),
      ghosts_(number, keys) {
  ASSERT(keys.size() <= kPlaceMask);
}

void MiniatureCache::hit(uint32_t key) noexcept {
  MiniatureClass::Chunk& chunk = chunk_at(place(key));
  if ((chunk.bits & state::kFrequencyMask) != state::kFrequencyMask) {
    chunk.bits = static_cast<uint8_t>(chunk.bits + kOneAccess);
  }
}

// As in the store, an item that does not fit is not kept.  An item that only does not fit into the
// sample's share is treated as evicted immediately.
void MiniatureCache::insert(uint32_t key, base::Time now) {
  const Footprint& chunks = keys_[key].chunks;
  if (!make_room(chunks, now)) {
    if (options_.evicts && place(key) == kNowhere) {
      ++keys_[key].known_count;
      leave_ghost(key);
    }
    return;
  }
  const bool returns = place(key) != kNowhere;
  if (returns) {
    ghosts_.remove_one();
    for_each_class(size_classes_, chunks,
                   [&](ClassId id, uint32_t) { classes_[id].returned += 1 / budget_.rate(); });
  } else {
    ++keys_[key].known_count;
  }
  put(key, chunks, returns ? kBitsOfReturned : 0);
}

void MiniatureCache::resize(uint32_t key, const Footprint& chunks, base::Time now) {
  if (!holds(key)) return;
  const auto bits = static_cast<uint8_t>(chunk_at(place(key)).bits & kEarnedBits);
  take_out(key);
  if (make_room(chunks, now)) {
    put(key, chunks, bits);
  } else {
    forget(key);
  }
}

void MiniatureCache::remove(uint32_t key) {
  if (place(key) == kNowhere) return;
  if (holds(key)) {
    take_out(key);
  } else {
    ghosts_.remove_one();
  }
  forget(key);
}

// `bits`: the state that the item already has.
void MiniatureCache::put(uint32_t key, const Footprint& chunks, uint8_t bits) {
  MiniaturePlace last = kNowhere;
  for_each_class(size_classes_, chunks, [&](ClassId id, uint32_t count) {
    const bool is_head = last == kNowhere;
    const auto number = classes_[id].add(
        key, is_head ? static_cast<uint8_t>(state::kLinked | bits) : state::kPiece);
    const MiniaturePlace here = uint32_t{id} << kPlaceBits | number;
    (is_head ? place(key) : chunk_at(last).next) = here;
    last = here;
    classes_[id].used_count += count;
    ++chunk_count_;
  });
  ++item_count_;
}

// Frees the item's chunks; the caller then updates its place.
void MiniatureCache::take_out(uint32_t key) {
  const Footprint& chunks = keys_[key].chunks;
  MiniaturePlace here = place(key);
  for_each_class(size_classes_, chunks, [&](ClassId id, uint32_t count) {
    DEBUG_ASSERT(class_of(here) == id);
    const MiniaturePlace next = chunk_at(here).next;
    classes_[id].remove(here & kPlaceMask);
    classes_[id].used_count -= count;
    --chunk_count_;
    here = next;
  });
  --item_count_;
  place(key) = kNowhere;
}

// Precondition: the cache no longer holds it.
void MiniatureCache::forget(uint32_t key) {
  place(key) = kNowhere;
  if (--keys_[key].known_count == 0) forgotten_.push_back(key);
}

bool MiniatureCache::make_room(const Footprint& chunks, base::Time now) {
  bool has_room = true;
  for_each_class(size_classes_, chunks, [&](ClassId id, uint32_t count) {
    has_room = has_room && make_room(id, count, now);
  });
  return has_room;
}

// In the order of the store: free chunks, a new page, eviction, a page of another class.
bool MiniatureCache::make_room(ClassId id, uint32_t count, base::Time now) {
  MiniatureClass& here = classes_[id];
  while (here.used_count + count > capacity_of(id)) {
    if (budget_.has_page()) {
      ++here.page_count;
      budget_.take_page();
    } else if (!options_.evicts) {
      return false;
    } else if (here.count() > 0) {
      evict_from(id, now);
      here.forced += 1 / budget_.rate();
    } else if (uint64_t{here.page_count} * size_classes_.chunks_per_page(id) >= count ||
               !take_page_from_others(id, now)) {
      here.forced += 1 / budget_.rate();
      here.evicted += 1 / budget_.rate();
      return false;
    }
  }
  return true;
}

// Precondition: the class holds something.
void MiniatureCache::evict_from(ClassId id, base::Time now) {
  const uint32_t key = find_victim(id, now);
  const bool is_dead = keys_[key].expires_at != 0 && now >= keys_[key].expires_at;
  take_out(key);
  if (is_dead) return forget(key);
  for_each_class(size_classes_, keys_[key].chunks,
                 [&](ClassId each, uint32_t) { classes_[each].evicted += 1 / budget_.rate(); });
  leave_ghost(key);
}

uint32_t MiniatureCache::find_victim(ClassId id, base::Time now) noexcept {
  MiniatureClass& here = classes_[id];
  const auto is_dead = [&](uint32_t key) {
    return keys_[key].expires_at != 0 && now >= keys_[key].expires_at;
  };
  if (here.next_hand(slab::kSmallQueueChunksMin * budget_.rate()) == Hand::Small) {
    const uint32_t steps_max = std::min(here.count(), slab::kSweepChunksMax);
    for (uint32_t step = 0; step < steps_max; ++step) {
      const uint32_t number = here.step(Hand::Small);
      const uint32_t key = here.at(number).key;
      if (is_dead(key) || !is_spared(id, number, Hand::Small)) return key;
    }
  }
  // An item of many pieces may be visited more often than its frequency is decremented.
  const uint64_t steps_max = (slab::kFrequencyMax + 1) * uint64_t{here.count()};
  for (uint64_t step = 0; step < steps_max; ++step) {
    const uint32_t number = here.step(Hand::Main);
    const uint32_t key = here.at(number).key;
    if (is_dead(key) || !is_spared(id, number, Hand::Main)) return key;
  }
  return here.at(here.step(Hand::Main)).key;
}

// The small hand skips items of the main queue and promotes items that were accessed; the main hand
// decrements frequencies, for a chained item at its first piece.
bool MiniatureCache::is_spared(ClassId id, uint32_t number, Hand hand) noexcept {
  MiniatureClass& here = classes_[id];
  const MiniatureClass::Chunk chunk = here.at(number);
  MiniatureClass::Chunk& head = chunk_at(place(chunk.key));
  const bool is_main = (head.bits & state::kMain) != 0;
  here.note_queue(!is_main);
  if (hand == Hand::Small && is_main) return true;
  if (state::frequency(static_cast<uint8_t>(head.bits)) == 0) return false;
  if (hand == Hand::Small) {
    head.bits |= state::kMain;
    return true;
  }
  const MiniaturePlace counted_at = head.next == kNowhere ? place(chunk.key) : head.next;
  if (counted_at == (uint32_t{id} << kPlaceBits | number)) {
    head.bits = state::one_less(static_cast<uint8_t>(head.bits));
  }
  return true;
}

// Precondition: the key has no place, but still counts as known.
void MiniatureCache::leave_ghost(uint32_t key) {
  ghosts_.add(key);
  while (ghosts_.count() > item_count_) {
    if (const auto oldest = ghosts_.pop()) forget(*oldest);
  }
  ghosts_.compact();
}

}  // namespace larder::server
