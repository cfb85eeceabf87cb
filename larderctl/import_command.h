// `larderctl import` and `larderctl restore`: store the items of a file on servers.
//
// Threads: one.
#pragma once

#include "larderctl/command.h"

namespace larder::ctl {

int run_import(const Words& words);
// Of snapshot files only.
int run_restore(const Words& words);

}  // namespace larder::ctl
