// What a worker did in one phase.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bench/load/histogram.h"

namespace larder::bench {

// Times are of the steady clock.
struct Report {
  uint64_t operations = 0;  // answered as wanted, or missed where that is allowed
  uint64_t misses = 0;
  uint64_t failures = 0;  // every other request that was sent, or was due
  uint64_t reconnects = 0;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  uint64_t begin_nanoseconds = 0;
  uint64_t end_nanoseconds = 0;
  // From the start of its batch, or from when it was due, to the read that completed the reply.
  Histogram latency;
  // Of paced batches that waited for nothing but this generator: from when they were due on.
  Histogram lateness;
  std::string first_failure;

  void merge(const Report& other);

  // Counts a failure; the first one is told with what was received.
  void fail(std::string_view what, std::string_view got);
};

// The first bytes, readable on one line.
std::string excerpt(std::string_view bytes);

}  // namespace larder::bench
