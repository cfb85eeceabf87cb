#include "slab/writes.h"

#include <atomic>
#include <cstring>
#include <new>

#include "base/assertions.h"

namespace larder::slab {

ItemWriter Writes::reserve(ThreadCache& cache, const Key& key, uint32_t flags, uint32_t value_size,
                           base::Time now) {
  const ItemSizes::Layout layout = heap_.sizes.lay_out(key.bytes.size(), flags, value_size);
  ItemWriter writer;
  Ref ref;
  if (!supply_.allocate(cache, layout.class_id, now, &ref)) {
    cache.counters(layout.class_id).out_of_memory.add();
    return writer;
  }
  Item* item = heap_.pool.item_at(ref);
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

  writer.supply_ = &supply_;
  writer.cache_ = &cache;
  writer.item_ = item;
  writer.position_ = item->value();
  writer.room_left_ = layout.value_size_in_head;
  writer.missing_ = value_size;
  return writer;
}

WriteOutcome Writes::write(ThreadCache& cache, const Key& key, const WriteHead& head,
                           std::string_view value, base::Time now, Written* written) {
  const auto value_size = static_cast<uint32_t>(value.size());
  ItemWriter writer = reserve(cache, key, head.flags, value_size, now);
  if (!writer || !writer.append(value, now)) return WriteOutcome::OutOfMemory;
  return commit(writer, key, head, now, written);
}

WriteOutcome Writes::commit(ItemWriter& writer, const Key& key, const WriteHead& head,
                            base::Time now, Written* written) {
  DEBUG_ASSERT(writer && writer.is_full());
  if (head.key_is_binary) writer.item_->traits |= trait::kKeyIsBinary;
  writer.item_->exptime.store(head.exptime, std::memory_order_relaxed);
  const bool joins = head.mode == WriteMode::Append || head.mode == WriteMode::Prepend;
  return joins ? join(writer, key, head, now, written) : link(writer, key, head, now, written);
}

WriteOutcome Writes::restore(ThreadCache& cache, const Key& key, const RestoredItem& restored,
                             std::string_view value, base::Time now) {
  ItemWriter writer = reserve(cache, key, restored.flags, static_cast<uint32_t>(value.size()), now);
  if (!writer || !writer.append(value, now)) return WriteOutcome::OutOfMemory;
  Item* dead = nullptr;
  WriteOutcome outcome = WriteOutcome::Stored;
  Bucket* bucket = heap_.index.lock(key.hash);
  if (links_.find_live(cache, bucket, key, now, &dead)) {
    outcome = WriteOutcome::NotStored;
  } else if (!links_.link_restored(cache, bucket, key, writer.item_, restored, now)) {
    outcome = WriteOutcome::OutOfMemory;
  }
  heap_.index.unlock(bucket);
  if (dead != nullptr) heap_.release(cache, dead);
  if (outcome != WriteOutcome::Stored) return outcome;
  writer.item_ = nullptr;
  growth_.count(cache, 1, now);
  return outcome;
}

WriteOutcome Writes::link(ItemWriter& writer, const Key& key, const WriteHead& head, base::Time now,
                          Written* written) {
  ThreadCache& cache = *writer.cache_;
  Item* item = writer.item_;
  Item* unlinked = nullptr;  // dead or replaced
  WriteOutcome outcome = WriteOutcome::Stored;
  Bucket* bucket = heap_.index.lock(key.hash);
  const uint32_t stamp_now = heap_.stamp(now);
  const Index::Slot slot = links_.find_live(cache, bucket, key, now, &unlinked);
  Item* old_item = slot ? heap_.pool.item_at(slot.ref()) : nullptr;
  switch (head.mode) {
    case WriteMode::Set: break;
    case WriteMode::Add:
      if (old_item != nullptr) {
        Links::raise_stamp(old_item, stamp_now);
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
      links_.replace(cache, slot, old_item, item, head.new_cas);
      unlinked = old_item;
    } else if (!links_.link(cache, bucket, key, item, head.new_cas)) {
      outcome = WriteOutcome::OutOfMemory;
    }
    if (written != nullptr) *written = {item->cas(), item->value_size};
  }
  heap_.index.unlock(bucket);
  if (unlinked != nullptr) heap_.release(cache, unlinked);
  if (outcome != WriteOutcome::Stored) return outcome;
  writer.item_ = nullptr;
  if (old_item == nullptr) growth_.count(cache, 1, now);
  return outcome;
}

}  // namespace larder::slab
