#include "slab/inspection.h"

#include "slab/racy_chunk.h"

namespace larder::slab {

uint32_t Inspection::age_of_oldest(ClassId id, base::Time now) const {
  const Ref ref = heap_.slab_classes[id].oldest_chunk();
  if (ref == kNoRef) return 0;
  // The page may belong to another class by now.
  return Heap::seconds_between(RacyChunk(heap_, ref).stamp(), heap_.stamp(now));
}

}  // namespace larder::slab
