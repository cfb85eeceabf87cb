// The shares of a ring's nodes as a table for people.
//
// Threads: any.
#pragma once

#include <string>

#include "client/ring.h"
#include "client/ring_shares.h"
#include "larderctl/ring_options.h"

namespace larder::ctl {

// One line for the whole: the kind, the nodes, and how shares were found.
std::string ring_title(const client::Ring& ring, const client::Flow& flow,
                       const client::Sample& sample);

// What each node has.
std::string shares_table(const client::Ring& ring, const client::Flow& flow);

// What each node has before and after, and what moves.
std::string changes_table(const RingOptions& options, const client::Ring& before,
                          const client::Ring& after, const client::Flow& flow);

}  // namespace larder::ctl
