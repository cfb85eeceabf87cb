// `larderctl copy`: copies the items of running servers to others.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_copy(const Words& words);

}  // namespace larder::ctl
