// Removing items, and marking items that are kept.

#include "base/assertions.h"
#include "slab/store.h"

namespace larder::slab {

bool Store::remove(ThreadCache& cache, const Key& key, base::Time now, ClassId* class_id) {
  ClassId removed_from = kNoClass;
  const RemoveOutcome outcome = remove(cache, key, Removal{}, now, &removed_from);
  if (class_id != nullptr && outcome == RemoveOutcome::Removed) *class_id = removed_from;
  return outcome == RemoveOutcome::Removed;
}

RemoveOutcome Store::remove(ThreadCache& cache, const Key& key, const Removal& removal,
                            base::Time now, ClassId* class_id) {
  ItemWriter emptied;  // allocated in advance, before the bucket is locked
  if (removal.empties) emptied = reserve(cache, key, removal.flags, 0, now);

  RemoveOutcome outcome = RemoveOutcome::Removed;
  Item* unlinked = nullptr;
  Bucket* bucket = index_.lock(key.hash);
  const Index::Slot slot = find_live(cache, bucket, key, now, &unlinked);
  Item* item = slot ? pool_.item_at(slot.ref()) : nullptr;
  if (item == nullptr) {
    outcome = RemoveOutcome::NotFound;
  } else if (removal.cas && item->cas() != *removal.cas) {
    outcome = RemoveOutcome::Exists;
  } else if (removal.empties && !emptied) {
    outcome = RemoveOutcome::OutOfMemory;
  } else {
    *class_id = item->class_id;
    if (removal.empties) {
      unlinked = item;
      empty(cache, slot, item, emptied.item_, removal);
      emptied.item_ = nullptr;
    } else if (removal.invalidates) {
      if (removal.exptime) {
        item->exptime.store(*removal.exptime, std::memory_order_relaxed);
        note_exptime(*item);
      }
      item->traits |= trait::kStale;
      item->traits &= static_cast<uint8_t>(~trait::kTokenSent);
      give_cas(cache, item, item, removal.new_cas);
    } else {
      unlinked = item;
      unlink(cache, bucket, slot, item);
    }
  }
  index_.unlock(bucket);
  if (unlinked != nullptr) release(cache, unlinked);
  count_balance(cache, 0, now);
  return outcome;
}

// Replaces `old_item` by `item`, which has an empty value.  Called with the bucket locked.
void Store::empty(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
                  const Removal& removal) {
  item->exptime.store(removal.exptime.value_or(0), std::memory_order_relaxed);
  item->stamp.store(old_item->stamp.load(std::memory_order_relaxed), std::memory_order_relaxed);
  item->traits |= old_item->traits & trait::kKeyIsBinary;
  if (removal.invalidates) item->traits |= trait::kStale;
  if (removal.invalidates || removal.new_cas) {
    return replace(cache, slot, old_item, item, removal.new_cas);
  }
  const uint8_t is_foreign = old_item->traits & trait::kHasForeignCas;
  replace(cache, slot, old_item, item, old_item->cas());
  item->traits = static_cast<uint8_t>((item->traits & ~trait::kHasForeignCas) | is_foreign);
}

}  // namespace larder::slab
