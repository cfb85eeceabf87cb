// `larderctl export`: writes the items of a running server to a file.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_export(const Words& words);

}  // namespace larder::ctl
