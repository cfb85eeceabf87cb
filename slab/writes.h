// What a request changes in the cache: writes, counters, append and prepend, removals.  Each
// allocates first, then locks the bucket, decides by what is stored there, and lets Links change
// it.
//
// Threads: any, with their own ThreadCache.  The methods are those of Store, which documents them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "slab/chunk_supply.h"
#include "slab/heap.h"
#include "slab/index_growth.h"
#include "slab/item_writer.h"
#include "slab/key.h"
#include "slab/links.h"
#include "slab/operations.h"
#include "slab/thread_cache.h"

namespace larder::slab {

class Writes {
 public:
  // The references outlive this.
  Writes(Heap& heap, Links& links, ChunkSupply& supply, IndexGrowth& growth) noexcept
      : heap_(heap), links_(links), supply_(supply), growth_(growth) {}

  WriteOutcome write(ThreadCache& cache, const Key& key, const WriteHead& head,
                     std::string_view value, base::Time now, Written* written);
  ItemWriter reserve(ThreadCache& cache, const Key& key, uint32_t flags, uint32_t value_size,
                     base::Time now);
  WriteOutcome commit(ItemWriter& writer, const Key& key, const WriteHead& head, base::Time now,
                      Written* written);
  WriteOutcome restore(ThreadCache& cache, const Key& key, const RestoredItem& restored,
                       std::string_view value, base::Time now);
  ArithmeticOutcome change_counter(ThreadCache& cache, const Key& key, const ArithmeticHead& head,
                                   base::Time now, Counted* counted);
  RemoveOutcome remove(ThreadCache& cache, const Key& key, const Removal& removal, base::Time now,
                       ClassId* class_id);

 private:
  // Links the writer's item, as head.mode allows.
  WriteOutcome link(ItemWriter& writer, const Key& key, const WriteHead& head, base::Time now,
                    Written* written);
  bool has_other_cas(const Item& item, uint64_t cas) const noexcept {
    return cas != 0 && heap_.options.has_cas && item.cas() != cas;
  }
  // Append and prepend: stores `addition` joined with the stored value, or alone if there is none
  // and head.creates.
  WriteOutcome join(ItemWriter& addition, const Key& key, const WriteHead& head, base::Time now,
                    Written* written);
  // Returns NotFound if there is no item to extend.
  WriteOutcome concatenate(ItemWriter& addition, const Key& key, const WriteHead& head,
                           base::Time now, Written* written);
  // Replaces `old_item` by `joined` if it is unchanged, otherwise returns false.  `old_value` is
  // compared if the item was small and therefore could not be pinned.
  bool link_joined(ThreadCache& cache, const Key& key, Item* old_item, bool is_pinned,
                   std::string_view old_value, ItemWriter& joined, const WriteHead& head,
                   std::optional<base::Time> exptime, base::Time now, Written* written);
  // Returns Exists if another thread has created the item meanwhile.
  ArithmeticOutcome create_counter(ThreadCache& cache, const Key& key, const ArithmeticHead& head,
                                   base::Time now, Counted* counted);
  // Replaces `old_item` by `item`, which has an empty value.  Called with the bucket locked.
  void empty(ThreadCache& cache, Index::Slot slot, Item* old_item, Item* item,
             const Removal& removal);

  Heap& heap_;
  Links& links_;
  ChunkSupply& supply_;
  IndexGrowth& growth_;
};

}  // namespace larder::slab
