// Moves all items from sources to a sink: the loop that waits for the sockets.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "larderctl/transfer/endpoint.h"
#include "larderctl/transfer/progress.h"

namespace larder::ctl {

struct Run {
  std::string_view command;  // its name
  std::string_view verb;     // "copied"
  std::vector<std::unique_ptr<Source>> sources{};
  std::unique_ptr<Sink> sink;
  Context context{};
  bool summary_to_stderr = false;  // as the items go to standard output
};

// Shows the progress and the summary.  Returns the exit status: 0 if every item was copied, or
// skipped for a reason that is no failure.  An interrupt ends it.
int run_transfer(Run& run);

}  // namespace larder::ctl
