// How much of all keys each node of a ring has, and how much changes hands from one ring to
// another.
//
// Where a kind has points these are lengths of arcs, out of 2^32 hashes: exact for keys whose
// hashes are spread evenly.  For the others they are counts of sample keys.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "client/ring.h"

namespace larder::client {

struct Sample {
  uint64_t key_count = 1'000'000;  // above 0
  uint64_t seed = 1;
};

// The amounts of nodes are in the order of their rings' nodes().
struct Flow {
  uint64_t total = 0;  // what there is to have: 2^32, or the size of the sample
  uint64_t moved = 0;  // what has another server after than before
  std::vector<uint64_t> before;
  std::vector<uint64_t> after;
  std::vector<uint64_t> lost;    // by nodes of `before`
  std::vector<uint64_t> gained;  // by nodes of `after`

  double part(uint64_t amount) const {
    return static_cast<double>(amount) / static_cast<double>(total);
  }
};

// Precondition: both are of one kind.  They may be the same ring: then nothing moves.
Flow flow_between(const Ring& before, const Ring& after, const Sample& sample);

// The part of all keys that each node would have if shares were as weights are.
std::vector<double> fair_parts(const std::vector<RingNode>& nodes);

// What has to move for that, and no more: for one of N equal nodes that comes or goes, 1/N of the
// larger ring.
double fair_move(const std::vector<RingNode>& before, const std::vector<RingNode>& after);

}  // namespace larder::client
