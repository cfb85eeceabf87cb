// Opens stream sockets, to one address or to the first of several that answers.
//
// Threads: any.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include "base/result.h"
#include "base/unique_fd.h"
#include "client/connection.h"

namespace larder::client {

// Waits until `fd` is ready for `events`, or has failed: the next call on it tells.
base::Outcome wait_for(int fd, short events, Deadline deadline);

// A connected socket that does not block.
base::Result<base::UniqueFd> dial(const sockaddr* address, socklen_t size, Deadline deadline);

// Tries the addresses in their order.  Each has an equal share of the time that is left, so that
// one to which packets vanish leaves some for those behind it.
// The error is that of the last one.
base::Result<base::UniqueFd> dial_first(const addrinfo* list, Deadline deadline);

}  // namespace larder::client
