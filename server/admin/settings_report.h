// The rows of `stats settings`, in memcached 1.6.45's order and formats.
//
// The rows of features that do not exist here (ext_*, proxy_*, drop_privileges) are left out, like
// in a memcached built without them.  Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::server {

struct Options;

struct SettingRow {
  std::string_view name;
  std::string value;
};

// Settings that the store determines itself.
struct StoreFacts {
  double growth_factor = 0;             // between neighbouring size classes
  uint64_t chunk_bytes_min = 0;         // of the smallest class
  uint64_t chunk_bytes_max = 0;         // of the largest piece of an item
  std::string_view hash_algorithm;      // "xxh3"
  uint32_t flushed_before_seconds = 0;  // "oldest": set by flush_all; 0: none
};

// `options` are the current values, including changes by commands (verbosity, cache_memlimit, stats
// detail).
std::vector<SettingRow> settings_rows(const Options& options, const StoreFacts& store);

}  // namespace larder::server
