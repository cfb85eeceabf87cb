// The login that servers with -Y want from text clients before anything else.
//
// Threads: pure functions, but for the connection: one at a time.
#pragma once

#include "client/connection.h"
#include "client/deadline.h"
#include "client/error.h"
#include "client/options.h"

namespace larder::client {

// Fails with LoginRefused, or as Connection does.
Outcome log_in(Connection& connection, const Login& login, Deadline deadline);

}  // namespace larder::client
