// What the headers of a snapshot file's blocks say, without the blocks themselves.
//
// Threads: reads the file in the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "snapshot/format.h"

namespace larder::ctl {

struct SnapshotScan {
  snapshot::FileHeader header;
  uint64_t file_bytes = 0;
  uint64_t block_count = 0;  // without the last, which has no items
  uint64_t item_count = 0;
  uint64_t raw_bytes = 0;     // of the blocks, before compression and encryption
  uint64_t stored_bytes = 0;  // as they are in the file
  // Of the last block.  Nothing: it is missing, or encrypted.
  std::optional<snapshot::Totals> totals{};
  bool has_end = false;
  uint64_t end_offset = 0;  // how far the headers could be followed
};

// Fails if it is no snapshot file.  No checksum but the file header's is checked.
base::Result<SnapshotScan> scan_snapshot(const std::string& path);

}  // namespace larder::ctl
