// The login of the text protocol, which servers with -Y require before any other request.
//
// Threads: pure functions, except that a connection is used by one thread at a time.
#pragma once

#include "client/connection.h"
#include "client/deadline.h"
#include "client/error.h"
#include "client/options.h"

namespace larder::client {

// Fails with LoginRefused, or with an error of the Connection.
Outcome log_in(Connection& connection, const Login& login, Deadline deadline);

}  // namespace larder::client
