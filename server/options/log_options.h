// Options of the log, and buffer sizes of `watch`.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>

#include "server/options/log_level.h"

namespace larder::server {

struct LogOptions {
  LogLevel log_level = LogLevel::Info;                   // --log-level; -vv: Debug
  LogLevel quiet_log_level = LogLevel::Info;             // the level without -vv
  LogFormat log_format = LogFormat::Text;                // --log-format
  std::string log_file;                                  // --log-file; empty: standard error
  int slow_milliseconds = 0;                             // --slow-ms; 0: off
  uint64_t watcher_log_bytes_max = uint64_t{256} << 10;  // -o watcher_logbuf_size
  uint64_t worker_log_bytes_max = uint64_t{64} << 10;    // -o worker_logbuf_size
};

}  // namespace larder::server
