// Whom the Host header of a request may name.
//
// A browser on this machine can be made to take somebody's page for one of ours: its name is first
// the attacker's address and then 127.0.0.1 (DNS rebinding), and its scripts may then read what
// they get from here.  Such a name has a dot and belongs to somebody else.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>

namespace larder::server {

// Whether a request that came by a loopback address may be answered.  `host` as the header has it,
// with or without a port: an address, localhost or a name below it, a name without a dot, this
// machine's own name, or nothing.
bool is_local_host(std::string_view host, std::string_view machine_name);

// What this machine calls itself; empty if it does not know.
std::string name_of_this_machine();

// Whether the connection came to a loopback address of ours.
bool came_by_loopback(int fd);

}  // namespace larder::server
