// The options of the store.  Plain values, validated by the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace larder::slab {

struct Options {
  static constexpr uint32_t kChunkSizeMaxDefault = 64 << 10;

  size_t memory_bytes_max = size_t{64} << 20;  // items and index together (-m)
  uint32_t item_size_max = 1 << 20;            // bytes, by memcached's accounting (-I)
  bool evicts = true;                          // false: refuse writes when full (-M)
  bool has_cas = true;                         // false: items have no CAS id (-C)
  bool uses_huge_pages = false;                // ask for transparent huge pages (-L)
  double growth_factor = 1.07;                 // between neighbouring chunk sizes (-f)
  uint32_t chunk_payload_min = 0;              // bytes of key, value and flags the smallest chunk
                                               // holds (-n); 0: 16
  std::vector<uint32_t> chunk_sizes;           // explicit sizes instead of a factor (-o slab_sizes)
  uint32_t chunk_size_max = kChunkSizeMaxDefault;  // largest piece of a large value
                                                   // (-o slab_chunk_max); 8 bytes at least
  static constexpr unsigned kHashPowerDefault = 16;
  unsigned hash_power = kHashPowerDefault;  // room for 2^n items in the index at start; less where
                                            // that took a good part of the memory: a 128th by
                                            // default, a quarter if it is another number
  bool index_grows = true;                  // false: -o no_hashexpand
  uint64_t hash_seed = 0;
  uint32_t thread_count_max = 1;  // ThreadCaches that will be made
};

// Of the index at start: room for 2^n items, 8 bytes for each.
unsigned initial_hash_power(const Options& options);

}  // namespace larder::slab
