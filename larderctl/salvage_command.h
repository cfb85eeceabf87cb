// `larderctl salvage`: saves what is whole in a damaged snapshot file.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_salvage(const Words& words);

}  // namespace larder::ctl
