// Options of the store: memory, item size, size classes and statistics.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "slab/options.h"

namespace larder::server {

struct MemoryOptions {
  uint64_t memory_bytes_max = uint64_t{64} << 20;             // -m
  bool evicts = true;                                         // not -M
  bool uses_cas = true;                                       // not -C
  uint64_t item_bytes_max = uint64_t{1} << 20;                // -I
  double slab_growth_factor = slab::Options{}.growth_factor;  // -f
  int slab_chunk_bytes_min = 0;      // -n: minimum room for key, value and flags in a chunk
  std::vector<uint32_t> slab_sizes;  // -o slab_sizes, ascending; empty: by growth factor
  // -o slab_chunk_max, up to 1 MB; no_chunked_items sets 1 MB.  0: the store chooses.
  uint64_t slab_chunk_bytes_max = 0;
  int hash_power_initial = 0;          // -o hashpower, 12..32; 0: the store chooses
  bool expands_hash = true;            // not -o no_hashexpand
  uint64_t read_buffer_bytes_max = 0;  // -o read_buf_mem_limit; 0: no limit
  char prefix_delimiter = ':';         // -D
  bool counts_prefixes = false;        // -D turns `stats detail` on
  bool tracks_sizes = false;           // -o track_sizes, for `stats sizes`
};

}  // namespace larder::server
