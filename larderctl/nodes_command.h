// `larderctl nodes`: lists the nodes of a cluster with their status.
//
// Threads: one, in addition to those of ask_nodes().
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_nodes(const Words& words);

}  // namespace larder::ctl
