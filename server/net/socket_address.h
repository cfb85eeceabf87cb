// Resolves a name and a port to addresses to bind; sets and reads socket options.
//
// Threads: any.
#pragma once

#include <netdb.h>

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "server/options/listen_address.h"

namespace larder::server {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// All addresses of the host, to listen on.  `socket_type` is SOCK_STREAM or SOCK_DGRAM.
base::Result<AddressList> resolve(const ListenAddress& address, int socket_type);

// Enables a boolean socket option; on failure returns false and sets errno.
bool switch_on(int fd, int level, int name);

// The port to which a socket is bound; 0 if it is not bound.
uint16_t bound_port(int fd);

// Whether the other addresses of a name may succeed although bind() failed with this error: the
// address is in use, or belongs to a protocol that the machine does not run.
bool may_pass_over(int error_code) noexcept;

}  // namespace larder::server
