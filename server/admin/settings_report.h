// The rows of `stats settings`, in memcached 1.6.45's order and formats.
//
// The rows of features that are not built (ext_*, proxy_*, drop_privileges) are left out, as
// a memcached built without them leaves them out.  Pure: any thread.
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

// What the store decides for itself, whatever the options ask for.
struct StoreFacts {
  double growth_factor = 0;             // between neighbouring size classes
  uint64_t chunk_bytes_min = 0;         // of the smallest class
  uint64_t chunk_bytes_max = 0;         // of the largest piece of an item
  std::string_view hash_algorithm;      // "xxh3"
  uint32_t flushed_before_seconds = 0;  // "oldest": what a flush_all set; 0: none
};

// `options` as they are now: whoever lets a command change one (verbosity, cache_memlimit, stats
// detail) passes a changed copy.
std::vector<SettingRow> settings_rows(const Options& options, const StoreFacts& store);

}  // namespace larder::server
