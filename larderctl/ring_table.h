// The shares of a ring's nodes as a table in text form.
//
// Threads: any.
#pragma once

#include <string>

#include "client/ring.h"
#include "client/ring_shares.h"
#include "larderctl/ring_options.h"

namespace larder::ctl {

// One line with the kind of ring, the number of nodes, and how the shares were calculated.
std::string ring_title(const client::Ring& ring, const client::Flow& flow,
                       const client::Sample& sample);

// The share of each node.
std::string shares_table(const client::Ring& ring, const client::Flow& flow);

// The shares of each node before and after, and the amount that moves.
std::string changes_table(const RingOptions& options, const client::Ring& before,
                          const client::Ring& after, const client::Flow& flow);

}  // namespace larder::ctl
