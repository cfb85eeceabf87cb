// Which clients are served, and which commands they may give.
//
// Threads: plain values.
#pragma once

#include <string>

namespace larder::server {

struct AccessOptions {
  bool has_shutdown_command = false;  // -A
  bool has_flush_all = true;          // not -F
  bool has_dumps = true;              // not -X: cachedump, stats detail, metadump
  bool has_watch = true;              // not -W
  bool uses_sasl = false;             // -S: every client has to log in, in binary
  std::string auth_file;              // -Y: every client has to log in, in text; empty: not given
};

}  // namespace larder::server
