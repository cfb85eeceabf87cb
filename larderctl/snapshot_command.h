// `larderctl snapshot`: makes a server take a snapshot.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_snapshot(const Words& words);

}  // namespace larder::ctl
