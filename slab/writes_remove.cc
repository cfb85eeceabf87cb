// Removing items, and marking items that are kept.

#include "base/assertions.h"
#include "slab/writes.h"

namespace larder::slab {

RemoveOutcome Writes::remove(ThreadCache& cache, const Key& key, const Removal& removal,
                             base::Time now, ClassId* class_id) {
  ItemWriter emptied;  // allocated in advance, before the bucket is locked
  if (removal.empties) emptied = reserve(cache, key, removal.flags, 0, now);

  RemoveOutcome outcome = RemoveOutcome::Removed;
  Item* unlinked = nullptr;
  Bucket* bucket = heap_.index.lock(key.hash);
  const Index::Slot slot = links_.find_live(cache, bucket, key, now, &unlinked);
  Item* item = slot ? heap_.pool.item_at(slot.ref()) : nullptr;
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
      if (removal.exptime) links_.set_exptime(item, *removal.exptime);
      links_.mark_stale(cache, item, removal.new_cas);
    } else {
      unlinked = item;
      links_.unlink(cache, bucket, slot, item);
    }
  }
  heap_.index.unlock(bucket);
  if (unlinked != nullptr) heap_.release(cache, unlinked);
  growth_.count(cache, 0, now);
  return outcome;
}

void Writes::empty(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
                   const Removal& removal) {
  item->exptime.store(removal.exptime.value_or(0), std::memory_order_relaxed);
  item->stamp.store(old_item->stamp.load(std::memory_order_relaxed), std::memory_order_relaxed);
  item->traits |= old_item->traits & trait::kKeyIsBinary;
  if (removal.invalidates) item->traits |= trait::kStale;
  if (removal.invalidates || removal.new_cas) {
    return links_.replace(cache, slot, old_item, item, removal.new_cas);
  }
  links_.replace_with_same_cas(cache, slot, old_item, item);
}

}  // namespace larder::slab
