// Writes records to a new snapshot file, one after the other, in the caller's thread.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "snapshot/block_builder.h"
#include "snapshot/key_ring.h"
#include "snapshot/record.h"
#include "snapshot/writer.h"

namespace larder::ctl {

class SnapshotFileWriter : private snapshot::BlockSink {
 public:
  // As snapshot::Writer::create().
  static base::Result<std::unique_ptr<SnapshotFileWriter>> create(
      const std::string& path, const snapshot::FileHeader& header, snapshot::Codec codec,
      const snapshot::KeyRing& keys);

  base::Outcome add(const snapshot::Record& record);
  // The file appears under its name.  Of `totals` what the records do not tell is used.
  base::Outcome finish(const snapshot::Totals& totals);

 private:
  explicit SnapshotFileWriter(snapshot::Writer writer)
      : writer_(std::move(writer)), builder_(*this) {}

  std::string empty_buffer() override { return std::move(buffer_); }
  bool accept(snapshot::RawBlock block) override;

  snapshot::Writer writer_;
  std::string buffer_;
  base::Outcome done_ = base::Done{};  // the first error of a write
  snapshot::BlockBuilder builder_;
};

}  // namespace larder::ctl
