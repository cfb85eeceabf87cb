// The origin of a change to the server: a client or a signal to the process.  Each change is logged
// together with its origin.
//
// Threads: plain values.
#pragma once

#include "protocol/reply_style.h"
#include "server/log/log_line.h"
#include "server/net/client.h"

namespace larder::server {

struct Requester {
  const Client* client = nullptr;  // null: a signal
  protocol::Dialect dialect = protocol::Dialect::Text;
};

// Adds client=127.0.0.1:40000 user=anna dialect=text, without `user` if the client is not logged
// in; or client=signal.
void add_requester(LogLine& line, const Requester& by);

}  // namespace larder::server
