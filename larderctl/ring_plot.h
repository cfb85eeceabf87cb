// The shares of a ring's nodes as a chart, drawn by gnuplot.
//
// Threads: any.
#pragma once

#include <string>

#include "base/result.h"
#include "client/ring.h"
#include "client/ring_shares.h"

namespace larder::ctl {

// The gnuplot script for a bar chart of each node's share; for both rings if they differ.
std::string plot_script(const std::string& title, const client::Ring& before,
                        const client::Ring& after, const client::Flow& flow);

// Runs gnuplot to draw into `file`, which is unchanged if that fails.
base::Outcome draw(const std::string& script, const std::string& file);

}  // namespace larder::ctl
