// The shares of a ring's nodes as a picture, by gnuplot.
//
// Threads: any.
#pragma once

#include <string>

#include "base/result.h"
#include "client/ring.h"
#include "client/ring_shares.h"

namespace larder::ctl {

// gnuplot's commands for bars of what each node has; of both rings, if they are not the same.
std::string plot_script(const std::string& title, const client::Ring& before,
                        const client::Ring& after, const client::Flow& flow);

// Has gnuplot draw into `file`, which is left alone when that fails.
base::Outcome draw(const std::string& script, const std::string& file);

}  // namespace larder::ctl
