// `larderctl nodes`: the nodes of a cluster, and how each of them is.
//
// Threads: one, beside those of ask_nodes().
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_nodes(const Words& words);

}  // namespace larder::ctl
