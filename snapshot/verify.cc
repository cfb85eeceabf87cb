#include "snapshot/verify.h"

#include "snapshot/reader.h"
#include "snapshot/record_source.h"

namespace larder::snapshot {

namespace {

base::Outcome check_records(const std::string& path, const std::vector<StoredBlock>& group,
                            GroupRecords& records, uint64_t* count) {
  const auto in_file = [&path](const base::Error& error) {
    return base::fail(path + ": " + error.text);
  };
  if (auto done = records.open(group); !done) return in_file(done.error());
  for (;;) {
    auto record = records.next();
    if (!record) return in_file(record.error());
    if (!record->has_value()) return base::Done{};
    ++*count;
  }
}

}  // namespace

base::Result<Verified> verify(const std::string& path, const KeyRing* keys,
                              const std::function<void(uint64_t)>& on_offset) {
  auto reader = Reader::open(path);
  if (!reader) return reader.error();
  std::optional<GroupRecords> records;
  if (keys != nullptr || reader->header().cipher == Cipher::None) {
    const KeyRing none;
    const auto key = reader->key_from(keys != nullptr ? *keys : none);
    if (!key) return key.error();
    records.emplace(reader->opener(*key));
  }
  Verified verified{.header = reader->header(), .file_bytes = reader->file_bytes()};
  for (;;) {
    const auto group = reader->next_group();
    if (!group) return group.error();
    if (group->empty()) break;
    verified.block_count += group->size();
    uint64_t count = 0;
    if (records) {
      if (auto done = check_records(path, *group, *records, &count); !done) return done.error();
      if (count != group->back().header.item_count) {
        return base::fail(path + ": the block at offset " + std::to_string(group->front().offset) +
                          " does not hold as many items as its header says");
      }
    }
    verified.item_count += group->back().header.item_count;
    if (on_offset) on_offset(reader->offset());
  }
  if (records) {
    auto totals = reader->totals(records->opener());
    if (!totals) return totals.error();
    verified.totals = *totals;
  }
  return verified;
}

}  // namespace larder::snapshot
