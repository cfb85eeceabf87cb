// Opens stream sockets to one address, or to the first of several that responds.
//
// Threads: any.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include "base/unique_fd.h"
#include "client/deadline.h"
#include "client/error.h"

namespace larder::client {

// Connects a non-blocking socket.
Outcome connect_socket(int fd, const sockaddr* address, socklen_t size, Deadline deadline);

// Returns a connected, non-blocking socket.
Result<base::UniqueFd> dial(const sockaddr* address, socklen_t size, Deadline deadline);

// Tries the addresses in order.  Each gets an equal share of the remaining time, so that an address
// that drops packets leaves time for the others.  Returns the error of the last one.
Result<base::UniqueFd> dial_first(const addrinfo* list, Deadline deadline);

}  // namespace larder::client
