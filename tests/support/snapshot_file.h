// Snapshot files for tests: written by the real writer, read into a map.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "snapshot/block_builder.h"
#include "snapshot/reader.h"
#include "snapshot/record_source.h"
#include "snapshot/writer.h"

namespace larder::support {

struct FileItem {
  snapshot::RecordHead head;
  std::string value;
};
using FileItems = std::map<std::string, FileItem>;

// Hands blocks to a writer at once.
class DirectSink : public snapshot::BlockSink {
 public:
  explicit DirectSink(snapshot::Writer& writer) : writer_(writer) {}
  bool accept(snapshot::RawBlock block) override { return static_cast<bool>(writer_.write(block)); }

 private:
  snapshot::Writer& writer_;
};

inline base::Outcome write_file(const std::string& path, const FileItems& items,
                                snapshot::Codec codec = snapshot::Codec::None,
                                const snapshot::KeyRing& keys = {}) {
  snapshot::FileHeader header;
  header.writer_version = "test";
  auto writer = snapshot::Writer::create(path, header, codec, keys);
  if (!writer) return writer.error();
  DirectSink sink(*writer);
  snapshot::BlockBuilder builder(sink);
  for (const auto& [key, item] : items) {
    snapshot::RecordHead head = item.head;
    head.value_size = static_cast<uint32_t>(item.value.size());
    const size_t size = snapshot::record_size(key.size(), head.value_size);
    if (snapshot::BlockBuilder::is_large(size)) {
      builder.begin(head, key);
      builder.value(item.value);
      continue;
    }
    if (!builder.has_room(size)) builder.flush();
    builder.add(head, key, item.value);
  }
  builder.flush();
  return writer->finish(0, 0);
}

// All records up to the first error, which `error` then has.
inline FileItems read_file(const std::string& path, std::string* error,
                           const snapshot::KeyRing& keys = {}) {
  FileItems items;
  error->clear();
  auto reader = snapshot::Reader::open(path);
  if (!reader) {
    *error = reader.error().text;
    return items;
  }
  const auto key = reader->key_from(keys);
  if (!key) {
    *error = key.error().text;
    return items;
  }
  snapshot::GroupRecords records(reader->opener(*key));
  for (;;) {
    auto group = reader->next_group();
    if (!group) {
      *error = group.error().text;
      return items;
    }
    if (group->empty()) break;
    if (auto done = records.open(*group); !done) {
      *error = done.error().text;
      return items;
    }
    for (;;) {
      auto record = records.next();
      if (!record) {
        *error = record.error().text;
        return items;
      }
      if (!record->has_value()) break;
      items[std::string((*record)->key)] = {(*record)->head, std::string((*record)->value)};
    }
  }
  if (const auto totals = reader->totals(records.opener()); !totals) *error = totals.error().text;
  return items;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline void set_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace larder::support
