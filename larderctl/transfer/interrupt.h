// SIGINT and SIGTERM ask a run to stop: it does at once, and says how far it came.
//
// Threads: is_interrupted() any.
#pragma once

namespace larder::ctl {

// From now on; a second signal ends the process.
void catch_interrupts();
bool is_interrupted() noexcept;

}  // namespace larder::ctl
