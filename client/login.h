// Connections to servers that want text clients to log in.
//
// Threads: pure functions.
#pragma once

#include <optional>

#include "base/result.h"
#include "client/connection.h"
#include "client/options.h"

namespace larder::client {

// A new connection, logged in if there is a login.
base::Result<Connection> connect_and_log_in(const Address& address,
                                            const std::optional<Login>& login, Deadline deadline);

}  // namespace larder::client
