// `larderctl ring`: which node has a key, what each has, what moves when nodes come or go.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_ring(const Words& words);

}  // namespace larder::ctl
