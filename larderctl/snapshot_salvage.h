// Saves what is whole in a damaged snapshot file.
//
// Threads: reads and writes in the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "snapshot/key_ring.h"

namespace larder::ctl {

struct Salvaged {
  uint64_t item_count = 0;
  uint64_t byte_count = 0;           // of keys and values
  uint64_t skipped_bytes = 0;        // of the damaged file
  bool has_end = false;              // its last block was found
  std::vector<std::string> damages;  // the first kDamagesMax
  uint64_t damage_count = 0;

  static constexpr size_t kDamagesMax = 20;
};

// Writes the items of all whole blocks of `from` to the new file `to`, compressed and encrypted as
// `from` is.  Fails without the key of an encrypted file, and without its header.
base::Result<Salvaged> salvage_snapshot(const std::string& from, const std::string& to,
                                        const snapshot::KeyRing& keys);

}  // namespace larder::ctl
