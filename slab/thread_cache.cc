#include "slab/thread_cache.h"

#include <algorithm>
#include <bit>

namespace larder::slab {

ThreadCache::ThreadCache(uint32_t thread_number, uint32_t thread_count_max,
                         const SizeClasses& classes)
    : thread_number_(thread_number),
      thread_bits_(static_cast<unsigned>(std::bit_width(std::max(thread_count_max, 1u) - 1))),
      magazines_(std::make_unique<Magazine[]>(classes.count() + 1)),
      counters_(std::make_unique<ClassCounters[]>(classes.count() + 1)) {
  for (size_t id = 1; id <= classes.count(); ++id) {
    const uint32_t by_size = kMagazineBytesMax / classes.chunk_size(static_cast<ClassId>(id));
    magazines_[id].capacity = std::clamp(by_size, 1u, kMagazineChunksMax);
  }
}

}  // namespace larder::slab
