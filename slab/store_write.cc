// Writing: from a reserved chunk to a linked item.

#include <algorithm>
#include <limits>
#include <new>

#include "base/assertions.h"
#include "slab/store.h"

namespace larder::slab {

// The head chunk of a chained value holds the rest that does not fill a piece; pieces are chosen
// largest first.
Store::Layout Store::lay_out(size_t key_size, uint32_t flags, uint32_t value_size) const noexcept {
  auto traits = static_cast<uint8_t>((options_.has_cas ? trait::kHasCas : 0) |
                                     (flags != 0 ? trait::kHasFlags : 0));
  const auto prefix_size = [&] {
    return Item::kHeaderSize + kOptionalSizes[traits] + static_cast<uint32_t>(key_size);
  };
  const uint32_t whole_max = classes_.whole_item_max();
  if (value_size > kCopiedValueSizeMax || prefix_size() + value_size > whole_max) {
    traits |= trait::kLarge;
  }
  uint32_t in_head = value_size;
  if (prefix_size() + value_size > whole_max) {
    for (const ClassId id : classes_.piece_classes()) {
      in_head %= classes_.chunk_size(id) - Piece::kHeaderSize;
    }
    if (prefix_size() + in_head > whole_max) in_head = 0;
  }
  return {traits, classes_.class_for(prefix_size() + in_head), in_head};
}

ClassId Store::class_of(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept {
  return lay_out(key_size, flags, static_cast<uint32_t>(value_size)).class_id;
}

// Chooses like ItemWriter::add_piece(): the largest piece that the rest fills, or the smallest.
Footprint Store::footprint_of(const ItemView& view) const noexcept {
  const auto& piece_classes = classes_.piece_classes();
  const Layout layout = lay_out(view.key().size(), view.flags(), view.value_size());
  Footprint footprint{.head = layout.class_id};
  uint32_t rest = view.value_size() - layout.value_size_in_head;
  const auto add = [&](size_t number, uint32_t count) {
    constexpr uint32_t kCountMax = std::numeric_limits<uint16_t>::max();
    uint16_t& sum = footprint.piece_counts[number];
    sum = static_cast<uint16_t>(std::min(sum + count, kCountMax));
  };
  for (size_t number = 0; number < piece_classes.size(); ++number) {
    const uint32_t room = classes_.chunk_size(piece_classes[number]) - Piece::kHeaderSize;
    add(number, rest / room);
    rest %= room;
  }
  if (rest > 0) add(piece_classes.size() - 1, 1);
  return footprint;
}

ItemWriter Store::reserve(ThreadCache& cache, const Key& key, uint32_t flags, uint32_t value_size,
                          base::Time now) {
  const Layout layout = lay_out(key.bytes.size(), flags, value_size);
  ItemWriter writer;
  Ref ref;
  if (!allocate(cache, layout.class_id, now, &ref)) {
    cache.counters(layout.class_id).out_of_memory.add();
    return writer;
  }
  Item* item = pool_.item_at(ref);
  item->exptime.store(0, std::memory_order_relaxed);
  item->stamp.store(0, std::memory_order_relaxed);
  item->value_size = value_size;
  item->key_size = static_cast<uint8_t>(key.bytes.size());
  item->class_id = layout.class_id;
  item->traits = layout.traits;
  if (flags != 0) item->set_flags(flags);
  if (item->is_large()) {
    new (&item->pins()) std::atomic<uint32_t>(1);
    item->set_first_piece(kNoRef);
  }
  std::memcpy(item->bytes() + item->key_offset(), key.bytes.data(), key.bytes.size());

  writer.store_ = this;
  writer.cache_ = &cache;
  writer.item_ = item;
  writer.position_ = item->value();
  writer.room_left_ = layout.value_size_in_head;
  writer.missing_ = value_size;
  return writer;
}

WriteOutcome Store::write(ThreadCache& cache, const Key& key, const WriteHead& head,
                          std::string_view value, base::Time now, Written* written) {
  const auto value_size = static_cast<uint32_t>(value.size());
  ItemWriter writer = reserve(cache, key, head.flags, value_size, now);
  if (!writer || !writer.append(value, now)) return WriteOutcome::OutOfMemory;
  return commit(std::move(writer), key, head, now, written);
}

WriteOutcome Store::commit(ItemWriter writer, const Key& key, const WriteHead& head, base::Time now,
                           Written* written) {
  DEBUG_ASSERT(writer && writer.is_full());
  ThreadCache& cache = *writer.cache_;
  if (head.key_is_binary) writer.item_->traits |= trait::kKeyIsBinary;
  writer.item_->exptime.store(head.exptime, std::memory_order_relaxed);
  const bool joins = head.mode == WriteMode::Append || head.mode == WriteMode::Prepend;
  WriteOutcome outcome = WriteOutcome::NotStored;
  WriteHead creation = head;
  creation.mode = WriteMode::Add;
  do {
    if (joins) {
      outcome = concatenate(writer, key, head, now, written);
      if (outcome != WriteOutcome::NotFound) return outcome;
      if (!head.creates) return WriteOutcome::NotStored;
    }
    outcome = link(cache, key, writer.item_, joins ? creation : head, now, written);
  } while (joins && outcome == WriteOutcome::NotStored);  // another thread has created it
  if (outcome == WriteOutcome::Stored) writer.item_ = nullptr;
  return outcome;
}

Index::Slot Store::find_live(ThreadCache& cache, Bucket* bucket, const Key& key, base::Time now,
                             Item** dead) {
  const Index::Slot slot = find(bucket, key);
  if (!slot) return {};
  Item* item = pool_.item_at(slot.ref());
  if (!is_dead(*item, now)) return slot;
  unlink(cache, bucket, slot, item);
  *dead = item;
  return {};
}

WriteOutcome Store::link(ThreadCache& cache, const Key& key, Item* item, const WriteHead& head,
                         base::Time now, Written* written) {
  Item* unlinked = nullptr;  // dead or replaced
  WriteOutcome outcome = WriteOutcome::Stored;
  Bucket* bucket = index_.lock(key.hash);
  const uint32_t stamp_now = stamp(now);
  const Index::Slot slot = find_live(cache, bucket, key, now, &unlinked);
  Item* old_item = slot ? pool_.item_at(slot.ref()) : nullptr;
  switch (head.mode) {
    case WriteMode::Set: break;
    case WriteMode::Add:
      if (old_item != nullptr) {
        raise_stamp(old_item, stamp_now);
        outcome = WriteOutcome::NotStored;
      }
      break;
    case WriteMode::Replace:
      if (old_item == nullptr) outcome = WriteOutcome::NotStored;
      break;
    case WriteMode::Cas:
      if (old_item == nullptr) {
        outcome = WriteOutcome::NotFound;
      } else if (head.may_be_stale && head.cas != 0 && head.cas < old_item->cas()) {
        // A stale value is better than none until a newer one is stored; keep exptime and token.
        item->exptime.store(old_item->exptime.load(std::memory_order_relaxed),
                            std::memory_order_relaxed);
        const int token_sent = old_item->traits & trait::kTokenSent;
        item->traits |= static_cast<uint8_t>(token_sent | trait::kStale);
      } else if (head.cas == 0 || old_item->cas() != head.cas) {
        outcome = WriteOutcome::Exists;
      }
      break;
    case WriteMode::Append:
    case WriteMode::Prepend: UNREACHABLE();
  }
  if (outcome == WriteOutcome::Stored) {
    if (unlinked != nullptr) cache.counters(unlinked->class_id).reclaimed.add();
    item->stamp.store(stamp_now, std::memory_order_relaxed);
    if (old_item != nullptr) {
      replace(cache, slot, old_item, item, head.new_cas);
      unlinked = old_item;
    } else if (!link_new(cache, bucket, key, item, head.new_cas)) {
      outcome = WriteOutcome::OutOfMemory;
    }
    if (written != nullptr) *written = {item->cas(), item->value_size};
  }
  index_.unlock(bucket);
  if (unlinked != nullptr) release(cache, unlinked);
  if (outcome == WriteOutcome::Stored && old_item == nullptr) count_balance(cache, 1, now);
  return outcome;
}

// Ids given by clients do not advance the CAS clock, because they may be arbitrarily high, and the
// clock never decreases.
void Store::give_cas(ThreadCache& cache, Item* item, const Item* old_item,
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

// An item that was evicted recently enters the main queue.
bool Store::link_new(ThreadCache& cache, Bucket* bucket, const Key& key, Item* item,
                     std::optional<uint64_t> cas) {
  const bool returns = index_.take_ghost(bucket, key.hash);
  if (!index_.insert(bucket, key.hash, pool_.ref_of(item))) return false;
  give_cas(cache, item, nullptr, cas);
  uint8_t bits = linked_bits(*item);
  if (returns) {
    bits |= state::kMain | (1 << state::kFrequencyShift);
    count_chained(cache, *item, &ClassCounters::ghost_hits);
  }
  item->state.store(bits, std::memory_order_relaxed);
  note_exptime(*item);
  cache.counters(item->class_id).items.add();
  cache.counters(item->class_id).bytes.add(accounted(*item));
  cache.items_stored.add();
  return true;
}

// The new item inherits the access count of the old one, because a write is an access, too.
void Store::replace(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
                    std::optional<uint64_t> cas) {
  const uint8_t bits = old_item->state.load(std::memory_order_relaxed);
  const auto frequency = static_cast<uint8_t>(
      std::min<unsigned>(state::frequency(bits) + 1u, kFrequencyMax) << state::kFrequencyShift);
  give_cas(cache, item, old_item, cas);
  slot.ref() = pool_.ref_of(item);
  item->state.store(static_cast<uint8_t>(linked_bits(*item) | (bits & state::kMain) | frequency),
                    std::memory_order_relaxed);
  note_exptime(*item);
  old_item->state.store(0, std::memory_order_relaxed);
  if (old_item->class_id != item->class_id) {
    cache.counters(old_item->class_id).items.subtract();
    cache.counters(item->class_id).items.add();
  }
  cache.counters(old_item->class_id).bytes.subtract(accounted(*old_item));
  cache.counters(item->class_id).bytes.add(accounted(*item));
  cache.items_stored.add();
}

void Store::unlink(ThreadCache& cache, Bucket* bucket, Index::Slot slot, Item* item) {
  index_.erase(bucket, slot);
  count_unlinked(cache, item);
}

void Store::count_unlinked(ThreadCache& cache, Item* item) noexcept {
  ClassCounters& counters = cache.counters(item->class_id);
  item->state.store(0, std::memory_order_relaxed);
  counters.items.subtract();
  counters.bytes.subtract(accounted(*item));
  --cache.item_balance;
}

void Store::release(ThreadCache& cache, Item* item) {
  if (item->is_large() && item->pins().fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  free_item(cache, item);
}

void Store::count_balance(ThreadCache& cache, int32_t difference, base::Time now) {
  // Twice the evictions of a refill, so that a thread that evicts as much as it stores never
  // settles.
  constexpr int32_t kBalanceMax = 32;
  cache.item_balance += difference;
  if (cache.item_balance >= kBalanceMax || cache.item_balance <= -kBalanceMax) {
    settle_balance(cache, now);
  }
}

// Splits as many buckets as the new items need, in bounded steps.
void Store::settle_balance(ThreadCache& cache, base::Time now) {
  constexpr int64_t kItemsPerBucket = 9;
  constexpr int kSplitsMax = 8;
  const int64_t items =
      item_count_.fetch_add(cache.item_balance, std::memory_order_relaxed) + cache.item_balance;
  cache.item_balance = 0;
  const auto buckets = [this] { return static_cast<int64_t>(index_.bucket_count()); };
  index_.limit_ghosts(static_cast<size_t>(std::max<int64_t>(items, 0) / buckets() + 1));
  if (!options_.index_grows) return;
  const auto split = [this](bool* lacks_memory) {
    return index_.grow([this](Ref ref) { return hash_of(ref); }, lacks_memory);
  };
  for (int i = 0; i < kSplitsMax && items > buckets() * kItemsPerBucket; ++i) {
    bool lacks_memory = false;
    if (split(&lacks_memory)) continue;
    // All memory is used by items.  One of their pages pays for a thousand buckets.
    if (!lacks_memory || !options_.evicts || items <= buckets() * kSlotsPerBucket) return;
    const PageIndex page = take_page_from_others(cache, kNoClass, now);
    if (page == kNoPage) return;
    pool_.exchange_for_budget(page);
    index_.take_over_budget(kPageSize);
    if (!split(&lacks_memory)) return;
  }
}

}  // namespace larder::slab
