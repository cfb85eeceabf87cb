#include "slab/links.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "slab/item_view.h"
#include "slab/limits.h"

namespace larder::slab {

void ItemView::set_exptime(base::Time exptime) const { links->set_exptime(item, exptime); }
void ItemView::mark_token_sent() const { links->mark_token_sent(item); }

Index::Slot Links::find_live(ThreadCache& cache, Bucket* bucket, const Key& key, base::Time now,
                             Item** dead) {
  const Index::Slot slot = heap_.find(bucket, key);
  if (!slot) return {};
  Item* item = heap_.pool.item_at(slot.ref());
  if (!heap_.is_dead(*item, now)) return slot;
  unlink(cache, bucket, slot, item);
  *dead = item;
  return {};
}

// An item that was evicted recently enters the main queue.
bool Links::link(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                 std::optional<uint64_t> cas) {
  const bool returns = heap_.index.take_ghost(bucket, key.hash);
  if (!heap_.index.insert(bucket, key.hash, heap_.pool.ref_of(item))) return false;
  give_cas(cache, item, nullptr, cas);
  if (__builtin_expect(!heap_.colour.is_plain(), 0)) item->traits |= heap_.colour.of_new_items();
  uint8_t bits = linked_bits(*item);
  if (returns) {
    bits |= state::kMain | (1 << state::kFrequencyShift);
    count_chained(cache, *item, &ClassCounters::ghost_hits);
  }
  item->state.store(bits, std::memory_order_relaxed);
  note_exptime(*item);
  cache.counters(item->class_id).items.add();
  cache.counters(item->class_id).bytes.add(heap_.sizes.accounted(*item));
  cache.items_stored.add();
  return true;
}

// The new item inherits the access count of the old one, because a write is an access, too.
void Links::replace(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
                    std::optional<uint64_t> cas) {
  const uint8_t bits = old_item->state.load(std::memory_order_relaxed);
  const auto frequency = static_cast<uint8_t>(
      std::min<unsigned>(state::frequency(bits) + 1u, kFrequencyMax) << state::kFrequencyShift);
  give_cas(cache, item, old_item, cas);
  slot.ref() = heap_.pool.ref_of(item);
  item->state.store(static_cast<uint8_t>(linked_bits(*item) | (bits & state::kMain) | frequency),
                    std::memory_order_relaxed);
  note_exptime(*item);
  uint8_t old_state = 0;
  if (__builtin_expect(!heap_.colour.is_plain(), 0))
    old_state = colour_replacement(*old_item, item);
  old_item->state.store(old_state, std::memory_order_relaxed);
  if (old_item->class_id != item->class_id) {
    cache.counters(old_item->class_id).items.subtract();
    cache.counters(item->class_id).items.add();
  }
  cache.counters(old_item->class_id).bytes.subtract(heap_.sizes.accounted(*old_item));
  cache.counters(item->class_id).bytes.add(heap_.sizes.accounted(*item));
  cache.items_stored.add();
}

void Links::replace_with_same_cas(ThreadCache& cache, Index::Slot slot, Item* old_item,
                                  Item* item) {
  const uint8_t is_foreign = old_item->traits & trait::kHasForeignCas;
  replace(cache, slot, old_item, item, old_item->cas());
  item->traits = static_cast<uint8_t>((item->traits & ~trait::kHasForeignCas) | is_foreign);
}

bool Links::link_restored(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                          const RestoredItem& restored, base::Time now) {
  item->exptime.store(restored.exptime, std::memory_order_relaxed);
  // Not before the last flush, which would kill it.
  const uint32_t stamp_now = heap_.stamp(now);
  const uint32_t oldest = heap_.flush_clock.last_flushed() + 1;
  const uint32_t age = std::min(restored.seconds_since_access, stamp_now);
  item->stamp.store(std::max(stamp_now - age, oldest), std::memory_order_relaxed);
  const bool has_id = restored.cas != 0;
  if (!link(cache, bucket, key, item, has_id ? std::optional(restored.cas) : std::nullopt)) {
    return false;
  }
  const uint8_t own = has_id ? trait::kHasForeignCas : 0;  // as link() has set it
  item->traits = static_cast<uint8_t>((item->traits & ~own) | restored.traits);
  const uint8_t bits = item->state.load(std::memory_order_relaxed);
  item->state.store(static_cast<uint8_t>(bits | restored.state), std::memory_order_relaxed);
  return true;
}

void Links::unlink(ThreadCache& cache, Bucket* bucket, Index::Slot slot, Item* item) {
  heap_.index.erase(bucket, slot);
  count_unlinked(cache, item);
  if (__builtin_expect(heap_.colour.is_old(*item), 0)) {
    bool is_lost = false;
    item->state.store(unlinked_state(*item, &is_lost), std::memory_order_relaxed);
  }
}

uint8_t Links::colour_replacement(const Item& old_item, Item* item) noexcept {
  const uint8_t colour = heap_.colour.of_new_items();
  if (__builtin_expect(!heap_.colour.is_old(old_item), 1)) {
    item->traits |= colour;
    return 0;
  }
  bool is_lost = false;
  const uint8_t old_state = unlinked_state(old_item, &is_lost);
  // One that is lost: the walk shows the new item instead.
  item->traits |= is_lost ? old_item.traits & trait::kColour : colour;
  return old_state;
}

uint8_t Links::unlinked_state(const Item& item, bool* is_lost) noexcept {
  const PointInTime::Claim claim = heap_.point_in_time.claim(item);
  *is_lost = claim == PointInTime::Claim::NoRoom;
  if (*is_lost) heap_.point_in_time.count_relaxed();
  return claim == PointInTime::Claim::Taken ? state::kRetired : 0;
}

void Links::unlink_evicted(ThreadCache& cache, Bucket* bucket, Index::Slot slot, uint64_t hash,
                           Item* item) {
  heap_.index.erase_and_remember(bucket, slot, hash);
  count_chained(cache, *item, &ClassCounters::ghosts);
  count_unlinked(cache, item);
  if (__builtin_expect(heap_.colour.is_old(*item), 0)) heap_.point_in_time.count_evicted(*item);
}

void Links::overwrite(ThreadCache& cache, Item* item, std::string_view text,
                      std::optional<uint64_t> cas) noexcept {
  before_change(item);
  std::memcpy(item->value(), text.data(), text.size());
  std::memset(item->value() + text.size(), ' ', item->value_size - text.size());
  give_cas(cache, item, item, cas);
}

void Links::mark_stale(ThreadCache& cache, Item* item, std::optional<uint64_t> cas) noexcept {
  before_change(item);
  item->traits |= trait::kStale;
  item->traits &= static_cast<uint8_t>(~trait::kTokenSent);
  give_cas(cache, item, item, cas);
}

// Ids given by clients do not advance the CAS clock, because they may be arbitrarily high, and the
// clock never decreases.
void Links::give_cas(ThreadCache& cache, Item* item, const Item* old_item,
                     std::optional<uint64_t> foreign_cas) noexcept {
  const bool has_clock_before =
      old_item != nullptr && (old_item->traits & trait::kHasForeignCas) == 0;
  const uint64_t next = cache.next_cas(has_clock_before ? old_item->cas() : 0);
  item->set_cas(foreign_cas.value_or(next));
  if (foreign_cas) {
    item->traits |= trait::kHasForeignCas;
  } else {
    item->traits &= static_cast<uint8_t>(~trait::kHasForeignCas);
  }
}

void Links::count_unlinked(ThreadCache& cache, Item* item) noexcept {
  ClassCounters& counters = cache.counters(item->class_id);
  item->state.store(0, std::memory_order_relaxed);
  counters.items.subtract();
  counters.bytes.subtract(heap_.sizes.accounted(*item));
  --cache.item_balance;
}

void Links::count_chained(ThreadCache& cache, const Item& item,
                          base::OwnedCounter ClassCounters::*counter) noexcept {
  (cache.counters(item.class_id).*counter).add();
  if (!item.is_large()) return;
  ClassId last = item.class_id;
  for (Ref ref = item.first_piece(); ref != kNoRef;) {
    const Piece* piece = heap_.pool.piece_at(ref);
    if (piece->class_id != last) (cache.counters(piece->class_id).*counter).add();
    last = piece->class_id;
    ref = piece->next.load(std::memory_order_relaxed);
  }
}

}  // namespace larder::slab
