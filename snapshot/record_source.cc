#include "snapshot/record_source.h"

namespace larder::snapshot {

namespace {

std::string at_offset(uint64_t offset) { return "the block at offset " + std::to_string(offset); }

}  // namespace

base::Outcome GroupRecords::open(const std::vector<StoredBlock>& group) {
  bytes_.clear();
  for (const StoredBlock& block : group) {
    std::string& raw = group.size() == 1 ? bytes_ : part_;
    if (auto done = opener_.open(block.header_bytes, block.bytes, raw); !done) {
      return base::fail(at_offset(block.offset) + " cannot be opened: " + done.error().text);
    }
    if (group.size() > 1) bytes_ += part_;
  }
  offset_ = group.empty() ? 0 : group.front().offset;
  cursor_ = RecordCursor(bytes_);
  return base::Done{};
}

base::Result<std::optional<Record>> GroupRecords::next() {
  auto record = cursor_.next();
  if (!record && cursor_.is_damaged()) {
    return base::fail(at_offset(offset_) + " holds something that is not a record");
  }
  return record;
}

}  // namespace larder::snapshot
