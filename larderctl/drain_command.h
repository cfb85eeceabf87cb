// `larderctl drain`: makes a node leave its cluster and optionally waits until it has stopped.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_drain(const Words& words);

}  // namespace larder::ctl
