#include "larderctl/snapshot_file_writer.h"

namespace larder::ctl {

base::Result<std::unique_ptr<SnapshotFileWriter>> SnapshotFileWriter::create(
    const std::string& path, const snapshot::FileHeader& header, snapshot::Codec codec,
    const snapshot::KeyRing& keys) {
  auto writer = snapshot::Writer::create(path, header, codec, keys);
  if (!writer) return writer.error();
  return std::unique_ptr<SnapshotFileWriter>(new SnapshotFileWriter(std::move(*writer)));
}

bool SnapshotFileWriter::accept(snapshot::RawBlock block) {
  done_ = writer_.write(block);
  buffer_ = std::move(block.bytes);
  return done_.has_value();
}

base::Outcome SnapshotFileWriter::add(const snapshot::Record& record) {
  builder_.begin(record.head, record.key);
  if (!record.value.empty()) builder_.value(record.value);
  return done_;
}

base::Outcome SnapshotFileWriter::finish(const snapshot::Totals& totals) {
  builder_.flush();
  if (!done_) return done_;
  return writer_.finish(totals.relaxed_count, totals.evicted_count);
}

}  // namespace larder::ctl
