// Eviction policies as a simulator sees them: exact queues over numbered objects, bytes counted.
//
// Objects are small numbers, each of one size for good.  A policy owns at most `capacity` bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace larder::eviction {

struct Request {
  uint32_t object;
  uint32_t size;  // bytes, with what the store adds
};

class Policy {
 public:
  virtual ~Policy() = default;
  // True if it was there.  Afterwards it is.  Precondition: size <= capacity.
  virtual bool access(const Request& request) = 0;
};

// "lru", "second-chance", "sieve", "s3-fifo" or "ring"; nothing for another name.
std::unique_ptr<Policy> make_policy(std::string_view name, uint64_t capacity, size_t object_count);
const std::vector<std::string>& policy_names();

}  // namespace larder::eviction
