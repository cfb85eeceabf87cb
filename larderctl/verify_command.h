// `larderctl verify`: checks a snapshot file.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_verify(const Words& words);

}  // namespace larder::ctl
