// Opens stream sockets, to one address or to the first of several that answers.
//
// Threads: any.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include "base/unique_fd.h"
#include "client/deadline.h"
#include "client/error.h"

namespace larder::client {

// Connects a socket that does not block.
Outcome connect_socket(int fd, const sockaddr* address, socklen_t size, Deadline deadline);

// A connected socket that does not block.
Result<base::UniqueFd> dial(const sockaddr* address, socklen_t size, Deadline deadline);

// Tries the addresses in their order.  Each has an equal share of the time that is left, so that
// one to which packets vanish leaves some for those behind it.
// The error is that of the last one.
Result<base::UniqueFd> dial_first(const addrinfo* list, Deadline deadline);

}  // namespace larder::client
