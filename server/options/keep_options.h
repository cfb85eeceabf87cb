// Keeping data over restarts: snapshots.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>

namespace larder::server {

struct KeepOptions {
  std::string snapshot_folder;             // --snapshot-dir; empty: no snapshots
  int64_t snapshot_every_seconds = 0;      // --snapshot-every; 0: not
  int snapshot_at_minute = -1;             // --snapshot-at, minute of the day; -1: not
  int snapshot_keep_count = 3;             // --snapshot-keep
  uint64_t snapshot_bytes_per_second = 0;  // --snapshot-rate; 0: no limit
  bool compresses_snapshots = false;       // --snapshot-compress
  std::string snapshot_key_file;           // --snapshot-key-file
  std::string snapshot_key_command;        // --snapshot-key-command
  bool starts_warm = false;                // --warm-start
};

}  // namespace larder::server
