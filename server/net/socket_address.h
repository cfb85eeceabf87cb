// From a name and a port to the addresses a socket binds; options of sockets.
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

// Every address of the host, to listen on.  `socket_type`: SOCK_STREAM or SOCK_DGRAM.
base::Result<AddressList> resolve(const ListenAddress& address, int socket_type);

// Sets an option of a socket that is a flag; false, and errno, if that failed.
bool switch_on(int fd, int level, int name);

// The port a socket is bound to; 0 if to none.
uint16_t bound_port(int fd);

// Whether failing to bind like this leaves hope for the other addresses of the same name: this one
// is taken, or belongs to a protocol that the machine does not run.
bool may_pass_over(int error_code) noexcept;

}  // namespace larder::server
