#include "slab/store.h"

#include "base/assertions.h"

namespace larder::slab {

Store::Store(const Options& options)
    : heap_(options),
      threads_(heap_.options, heap_.classes, heap_.flush_clock),
      links_(heap_),
      supply_(heap_, links_),
      growth_(heap_, supply_.drain()),
      writes_(heap_, links_, supply_, growth_),
      maintenance_(heap_, threads_, supply_, growth_),
      inspection_(heap_, threads_, links_) {}

Store::~Store() = default;

bool Store::remove(ThreadCache& cache, const Key& key, base::Time now, ClassId* class_id) {
  ClassId removed_from = kNoClass;
  const RemoveOutcome outcome = remove(cache, key, Removal{}, now, &removed_from);
  if (class_id != nullptr && outcome == RemoveOutcome::Removed) *class_id = removed_from;
  return outcome == RemoveOutcome::Removed;
}

void Store::verify() {
  for (size_t i = 1; i <= heap_.classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    uint64_t linked = 0;
    uint64_t pieces = 0;
    const auto check = [&](Ref ref) {
      const Item* item = heap_.pool.item_at(ref);
      const uint8_t bits = item->state.load();
      if ((bits & state::kLinked) != 0) {
        ++linked;
        ASSERT(item->class_id == id);
        const uint64_t hash = heap_.hash_of(ref);
        Bucket* bucket = heap_.index.lock(hash);
        ASSERT(heap_.index.find_ref(bucket, hash, ref));
        heap_.index.unlock(bucket);
      }
      if ((bits & state::kPiece) != 0) ++pieces;
      return true;
    };
    SlabClass& slab_class = heap_.slab_classes[id];
    slab_class.for_each_chunk(check);
    SlabClass::Usage usage = slab_class.usage();
    supply_.drain().for_each_page([&](ClassId owner, PageIndex page) {
      if (owner != id) return;
      slab_class.for_each_chunk_of_draining(page, check);
      const SlabClass::Usage leaving = slab_class.usage_of_draining(page);
      usage.carved_count += leaving.carved_count;
      usage.free_count += leaving.free_count;
    });
    ASSERT(linked == threads_.sum(id, &ClassCounters::items));
    ASSERT(pieces == threads_.sum(id, &ClassCounters::pieces));
    ASSERT(linked + pieces + usage.free_count + threads_.chunks_at_hand(id) == usage.carved_count);
  }
}

}  // namespace larder::slab
