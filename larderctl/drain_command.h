// `larderctl drain`: has a node leave its cluster, and perhaps waits until it has gone.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_drain(const Words& words);

}  // namespace larder::ctl
