// What a server is and can do, asked once at the start.
//
// Threads: pure but for the connection: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/connection.h"
#include "client/deadline.h"

namespace larder::ctl {

struct ServerFacts {
  std::string version;
  bool has_meta = false;      // mg, ms, mn: memcached 1.6 and Larder
  bool takes_cas_id = false;  // ms with E: the CAS id that the item is to have
  int64_t clock_ahead = 0;    // seconds by which its clock is ahead of ours; 0: at most one
  uint64_t item_count = 0;
  uint64_t byte_count = 0;
};

// Stores nothing.  `name` is the server's, for errors.
base::Result<ServerFacts> ask_facts(client::Connection& connection, const std::string& name,
                                    client::Deadline deadline);

}  // namespace larder::ctl
