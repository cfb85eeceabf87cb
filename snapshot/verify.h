// Checks a whole snapshot file.
//
// Threads: reads the file in the caller's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"

namespace larder::snapshot {

struct Verified {
  FileHeader header;
  uint64_t file_bytes = 0;
  uint64_t block_count = 0;
  uint64_t item_count = 0;
  std::optional<Totals> totals{};  // nothing: the file is encrypted, and no key was given
};

// Checks what can be checked without the key: the header, the order and the checksum of every
// block, and that none is missing.  With `keys`, or if the file is not encrypted, every record and
// the totals as well.  Null `keys`: an encrypted file is not opened.  `on_offset`, if any, is told
// from time to time how far the check is.
base::Result<Verified> verify(const std::string& path, const KeyRing* keys,
                              const std::function<void(uint64_t)>& on_offset = {});

}  // namespace larder::snapshot
