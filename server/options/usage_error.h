// The reason why the server does not start.
//
// Threads: plain values.
#pragma once

#include <string>

namespace larder::server {

struct UsageError {
  int exit_status = 0;  // never 0; 64 (EX_USAGE), 71 (EX_OSERR) or 1, as in memcached
  std::string line;     // one line for standard error, without a newline
};

}  // namespace larder::server
