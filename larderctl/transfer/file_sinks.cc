#include "larderctl/transfer/file_sinks.h"

#include <optional>
#include <utility>

#include "larderctl/command.h"
#include "larderctl/snapshot_file_writer.h"
#include "larderctl/transfer/item_key.h"
#include "larderctl/transfer/json_items.h"
#include "larderctl/transfer/tool_dump.h"
#include "snapshot/new_file.h"
#include "snapshot/record.h"

namespace larder::ctl {
namespace {

void count(const Item& item, Context& context) {
  ++context.tally.copied;
  context.tally.bytes += item.key.size() + item.value.size();
}

class LinesSink : public Sink {
 public:
  LinesSink(std::optional<snapshot::NewFile> file, FileFormat format)
      : file_(std::move(file)), is_json_(format == FileFormat::JsonLines) {}

  base::Result<bool> put(const Item& item, Context& context) override {
    if (is_json_) {
      append_json_item(item, out_);
    } else if (!fits_text(item.key)) {
      context.tally.skipped.add("the format cannot have the key", item.key);
      return true;
    } else {
      append_tool_item(item, out_);
    }
    count(item, context);
    if (out_.size() >= kBufferBytes) {
      if (auto done = write(); !done) return done.error();
    }
    return true;
  }

  base::Outcome finish() override {
    if (auto done = write(); !done) return done;
    return file_ ? file_->commit() : base::Done{};
  }

 private:
  static constexpr size_t kBufferBytes = size_t{1} << 20;

  base::Outcome write() {
    base::Outcome done = base::Done{};
    if (file_) {
      done = file_->append(out_);
    } else if (!show(out_)) {
      done = base::fail_errno("cannot write to standard output");
    }
    out_.clear();
    return done;
  }

  std::optional<snapshot::NewFile> file_;  // nothing: standard output
  bool is_json_;
  std::string out_;
};

class SnapshotSink : public Sink {
 public:
  explicit SnapshotSink(std::unique_ptr<SnapshotFileWriter> writer) : writer_(std::move(writer)) {}

  base::Result<bool> put(const Item& item, Context& context) override {
    constexpr size_t kValueSizeMax = size_t{1} << 30;
    if (item.value.size() > kValueSizeMax || item.key.size() > snapshot::kRecordKeyMax) {
      context.tally.failed.add("larger than a snapshot can have it", item.key);
      return true;
    }
    const snapshot::RecordHead head{
        .traits = item.key_is_binary ? snapshot::record_trait::kKeyIsBinary : uint8_t{0},
        .was_fetched = item.was_fetched,
        .flags = item.flags,
        .cas = item.cas,
        .expires_unix_ms = static_cast<uint64_t>(item.expires) * 1000,
        .idle_seconds = item.idle_seconds,
        .value_size = static_cast<uint32_t>(item.value.size())};
    const auto added = writer_->add({.head = head, .key = item.key, .value = item.value});
    if (!added) return added.error();
    count(item, context);
    return true;
  }

  base::Outcome finish() override { return writer_->finish({}); }

 private:
  std::unique_ptr<SnapshotFileWriter> writer_;
};

}  // namespace

base::Result<std::unique_ptr<Sink>> open_lines_sink(const std::string& path, FileFormat format) {
  std::optional<snapshot::NewFile> file;
  if (path != "-") {
    auto created = snapshot::NewFile::create(path);
    if (!created) return created.error();
    file.emplace(std::move(*created));
  }
  return std::unique_ptr<Sink>(std::make_unique<LinesSink>(std::move(file), format));
}

base::Result<std::unique_ptr<Sink>> open_snapshot_sink(const std::string& path,
                                                       const snapshot::FileHeader& header,
                                                       bool compresses,
                                                       const snapshot::KeyRing& keys) {
  const auto codec = compresses ? snapshot::Codec::Zstd : snapshot::Codec::None;
  auto writer = SnapshotFileWriter::create(path, header, codec, keys);
  if (!writer) return writer.error();
  return std::unique_ptr<Sink>(std::make_unique<SnapshotSink>(std::move(*writer)));
}

}  // namespace larder::ctl
