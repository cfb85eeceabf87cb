// Which clients are served, and which commands they may use.
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
  bool uses_sasl = false;             // -S: every client must log in, by the binary protocol
  // -Y: every client must log in, by the text protocol; empty: not given.
  std::string auth_file;
};

}  // namespace larder::server
