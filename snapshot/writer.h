// Writes one snapshot file.
//
// Threads: one at a time.
#pragma once

#include <string>

#include "base/result.h"
#include "snapshot/block_builder.h"
#include "snapshot/block_sealer.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"
#include "snapshot/new_file.h"

namespace larder::snapshot {

class Writer {
 public:
  // Begins a file that appears at `path` when it is finished.  Sets the fields of `header` that
  // concern compression and encryption: by `codec`, and by the first key of `keys`, if any.
  static base::Result<Writer> create(const std::string& path, FileHeader header, Codec codec,
                                     const KeyRing& keys);

  base::Outcome write(const RawBlock& block);

  // Writes the End block, and gives the file its name.
  base::Outcome finish(uint64_t relaxed_count, uint64_t evicted_count);

  uint64_t file_bytes() const noexcept { return file_.size(); }
  const Totals& totals() const noexcept { return sealer_.totals(); }

 private:
  Writer(NewFile file, BlockSealer sealer)
      : file_(std::move(file)), sealer_(std::move(sealer)) {}

  NewFile file_;
  BlockSealer sealer_;
  std::string sealed_;
};

}  // namespace larder::snapshot
