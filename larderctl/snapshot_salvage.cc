#include "larderctl/snapshot_salvage.h"

#include <optional>

#include "larderctl/snapshot_file_writer.h"
#include "snapshot/reader.h"
#include "snapshot/record_source.h"

namespace larder::ctl {
namespace {

using snapshot::GroupRecords;
using snapshot::Reader;
using snapshot::StoredBlock;

using Group = std::vector<StoredBlock>;

uint64_t bytes_of(const Group& group) {
  uint64_t bytes = 0;
  for (const StoredBlock& block : group) bytes += snapshot::kBlockHeaderBytes + block.bytes.size();
  return bytes;
}

// Puts the records of one group into the new file.
class Rescue {
 public:
  Rescue(SnapshotFileWriter& writer, Salvaged& salvaged) : writer_(writer), salvaged_(salvaged) {}

  // The error is the group's: it cannot be saved.
  base::Outcome save(const Group& group, GroupRecords& records) {
    if (auto opened = records.open(group); !opened) return opened;
    for (;;) {
      const auto record = records.next();
      if (!record) return record.error();
      if (!record->has_value()) return base::Done{};
      ++salvaged_.item_count;
      salvaged_.byte_count += (*record)->key.size() + (*record)->value.size();
      if (auto added = writer_.add(**record); !added) write_error_ = added.error();
      if (write_error_) return base::Done{};
    }
  }

  const std::optional<base::Error>& write_error() const { return write_error_; }

 private:
  SnapshotFileWriter& writer_;
  Salvaged& salvaged_;
  std::optional<base::Error> write_error_;
};

void note(const base::Error& damage, Salvaged& salvaged) {
  ++salvaged.damage_count;
  if (salvaged.damages.size() < Salvaged::kDamagesMax) salvaged.damages.push_back(damage.text);
}

base::Outcome save_all(Reader& reader, GroupRecords& records, Rescue& rescue, Salvaged& salvaged) {
  // The saved bytes end here, and all bytes since belong to the damage, if there was any.
  uint64_t saved_end = snapshot::kHeaderBytes;
  bool has_gap = false;
  for (;;) {
    const uint64_t before = reader.offset();
    const auto group = reader.next_group();
    if (!group) {
      note(group.error(), salvaged);
      has_gap = true;
      if (reader.recover()) continue;
      salvaged.skipped_bytes += reader.file_bytes() - saved_end;
      return base::Done{};
    }
    const uint64_t begin = group->empty() ? before : group->front().offset;
    if (has_gap) salvaged.skipped_bytes += begin - saved_end;
    has_gap = false;
    saved_end = reader.offset();
    if (group->empty()) {
      salvaged.has_end = true;
      return base::Done{};
    }
    if (const auto saved = rescue.save(*group, records); !saved) {
      note(saved.error(), salvaged);
      salvaged.skipped_bytes += bytes_of(*group);
    }
    if (rescue.write_error()) return *rescue.write_error();
  }
}

}  // namespace

base::Result<Salvaged> salvage_snapshot(const std::string& from, const std::string& to,
                                        const snapshot::KeyRing& keys) {
  auto reader = Reader::open(from);
  if (!reader) return reader.error();
  const auto key = reader->key_from(keys);
  if (!key) return key.error();
  GroupRecords records(reader->opener(*key));
  const auto& header = reader->header();
  const bool is_encrypted = header.cipher != snapshot::Cipher::None;
  const snapshot::KeyRing none;
  auto writer = SnapshotFileWriter::create(to, header, header.codec, is_encrypted ? keys : none);
  if (!writer) return writer.error();
  Salvaged salvaged;
  Rescue rescue(**writer, salvaged);
  if (auto saved = save_all(*reader, records, rescue, salvaged); !saved) return saved.error();
  snapshot::Totals totals;
  if (salvaged.has_end) {
    if (const auto found = reader->totals(records.opener()); found) totals = *found;
  }
  if (auto done = (*writer)->finish(totals); !done) return done.error();
  return salvaged;
}

}  // namespace larder::ctl
