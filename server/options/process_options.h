// Options of the process itself.
//
// Threads: plain values.
#pragma once

#include <string>

namespace larder::server {

struct ProcessOptions {
  bool runs_as_daemon = false;      // -d
  bool writes_core_dump = false;    // -r
  bool locks_memory = false;        // -k
  bool uses_large_pages = false;    // -L
  bool avoids_large_pages = false;  // -o no_large_pages
  std::string user;                 // -u; the user to switch to when started as root
  std::string pid_file;             // -P
  int verbosity = 0;                // number of -v
  // -o relaxed_privileges: exists in debug builds of memcached; test harnesses always pass it.
  bool relaxes_privileges = false;
};

}  // namespace larder::server
