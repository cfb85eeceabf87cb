// The share of all keys that each node of a ring has, and the amount that moves between two rings.
//
// For kinds with points, amounts are lengths of arcs out of 2^32 hashes: exact if the keys' hashes
// are evenly distributed.  For other kinds they are counts of sample keys.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "client/ring.h"

namespace larder::client {

struct Sample {
  uint64_t key_count = 1'000'000;  // at least 1
  uint64_t seed = 1;
};

// Per-node amounts are in the order of the ring's nodes().
struct Flow {
  uint64_t total = 0;  // the whole: 2^32, or the size of the sample
  uint64_t moved = 0;  // the amount whose server differs between before and after
  std::vector<uint64_t> before;
  std::vector<uint64_t> after;
  std::vector<uint64_t> lost;    // by node of `before`
  std::vector<uint64_t> gained;  // by node of `after`

  double part(uint64_t amount) const {
    return static_cast<double>(amount) / static_cast<double>(total);
  }
};

// Precondition: both rings are of the same kind.  They may be the same ring: then nothing moves.
Flow flow_between(const Ring& before, const Ring& after, const Sample& sample);

// The share of all keys that each node would have if shares were proportional to weights.
std::vector<double> fair_parts(const std::vector<RingNode>& nodes);

// The minimum share that must move to achieve these shares: 1/N of the larger ring if one of N
// equal nodes is added or removed.
double fair_move(const std::vector<RingNode>& before, const std::vector<RingNode>& after);

}  // namespace larder::client
