// Checks the Host header of requests, as a protection against DNS rebinding.
//
// An attacker's host name can first resolve to the attacker's address and then to 127.0.0.1.  A
// local browser then lets the scripts of the attacker's page read replies of this server.  Such a
// name contains a dot and is not a name of this machine.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace larder::server {

// Whether a request to a loopback address may be answered.  `host` is the value of the header, with
// or without a port.  Allowed are an address, localhost or a subdomain of it, a name without a dot,
// this machine's own name, and an empty value.
bool is_local_host(std::string_view host, std::string_view machine_name);

// The host name of this machine; empty if it is unknown.
std::string name_of_this_machine();

// Whether the local address of the connection is a loopback address.
bool came_by_loopback(int fd);

}  // namespace larder::server
