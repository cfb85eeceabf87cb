// Where requests come from: two trace formats, and generators of well-known shapes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/eviction/policies.h"

namespace larder::eviction {

struct Trace {
  std::vector<Request> requests;  // sizes are of values
  std::vector<uint64_t> ids;      // by object: what the trace calls it
};

// `kind`: "oracle", 24-byte records (time u32, id u64, size u32, next i64); or "u32", 4-byte ids,
// whose values are of `value_size` bytes.  Nothing if the file cannot be read.
std::optional<Trace> read_trace(const std::string& kind, const std::string& path,
                                uint32_t value_size);

// Zipf 0.99 over `object_count` objects.  Of every ten requests `scanned` are a scan of objects
// that never come again.
Trace make_zipf(size_t object_count, size_t request_count, int scanned, uint32_t value_size);

// Zipf 0.9 over objects whose values are of all sizes between two, evenly.
Trace make_mixed(size_t object_count, size_t request_count, uint32_t value_size_min,
                 uint32_t value_size_max);

}  // namespace larder::eviction
