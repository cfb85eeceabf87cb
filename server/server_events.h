// Log lines about the start of the server.
//
// Threads: the thread that owns the listeners.
#pragma once

#include <span>

#include "server/log/log.h"
#include "server/net/listener.h"

namespace larder::server {

struct Options;

// Logs the options in effect.
void tell_start(Log& log, const Options& options);

// Logs the addresses that accept connections.
void tell_ready(Log& log, const Options& options, std::span<const Listener> listeners,
                std::span<const Listener> http_listeners);

}  // namespace larder::server
