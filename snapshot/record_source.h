// The records of a file, one after the other.
//
// Threads: one at a time.  For several threads, use Reader::next_group() and GroupRecords.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "snapshot/reader.h"
#include "snapshot/record.h"

namespace larder::snapshot {

// The records of the blocks that belong together.
class GroupRecords {
 public:
  explicit GroupRecords(BlockOpener opener) : opener_(std::move(opener)) {}

  // Decrypts and decompresses.  Its records replace those of the group before.
  base::Outcome open(const std::vector<StoredBlock>& group);
  // The next record, valid until the next open(); nothing at the end.
  base::Result<std::optional<Record>> next();

  BlockOpener& opener() noexcept { return opener_; }

 private:
  BlockOpener opener_;
  std::string bytes_;
  std::string part_;
  uint64_t offset_ = 0;  // of the group
  RecordCursor cursor_{std::string_view()};
};

}  // namespace larder::snapshot
