// The resource usage of this process: the figures that Prometheus's client libraries export as
// process_*.
//
// Threads: any.
#pragma once

#include <cstdint>

namespace larder::server {

struct ProcessUsage {
  double cpu_seconds = 0;  // user and system, of current and ended threads
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_descriptors = 0;
  uint64_t descriptor_limit = 0;
};

// Figures that cannot be read are 0.
ProcessUsage usage_of_this_process();

}  // namespace larder::server
