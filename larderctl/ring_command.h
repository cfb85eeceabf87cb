// `larderctl ring`: shows which node has a key, each node's share, and what moves when nodes
// change.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_ring(const Words& words);

}  // namespace larder::ctl
