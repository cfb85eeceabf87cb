// `larderctl snapshot-info`: what is in a snapshot file.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_snapshot_info(const Words& words);

}  // namespace larder::ctl
