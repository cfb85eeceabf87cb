// What the log says when the server starts and when it is ready.
//
// Threads: as the listeners.
#pragma once

#include <span>

#include "server/log/log.h"
#include "server/net/listener.h"

namespace larder::server {

struct Options;

// The options as they are in force.
void tell_start(Log& log, const Options& options);

// Where clients can come to.
void tell_ready(Log& log, const Options& options, std::span<const Listener> listeners,
                std::span<const Listener> http_listeners);

}  // namespace larder::server
