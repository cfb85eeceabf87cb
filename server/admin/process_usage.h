// What the system says of this process: the figures that client libraries of Prometheus call
// process_*.
//
// Threads: any.
#pragma once

#include <cstdint>

namespace larder::server {

struct ProcessUsage {
  double cpu_seconds = 0;  // user and system, all threads that are or were
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_descriptors = 0;
  uint64_t descriptor_limit = 0;
};

// What cannot be read is 0.
ProcessUsage usage_of_this_process();

}  // namespace larder::server
