#include "snapshot/block_builder.h"

#include <algorithm>
#include <utility>

#include "base/assertions.h"

namespace larder::snapshot {

BlockBuilder::BlockBuilder(BlockSink& sink) : sink_(sink) { start(BlockKind::Items); }

void BlockBuilder::start(BlockKind kind) {
  block_ = RawBlock{.kind = kind, .bytes = sink_.empty_buffer()};
  block_.bytes.clear();
  block_.bytes.reserve(kBlockBytesMax);
}

void BlockBuilder::hand_over() {
  if (is_wanted_) is_wanted_ = sink_.accept(std::move(block_));
  start(BlockKind::Items);
}

void BlockBuilder::flush() {
  if (!block_.bytes.empty()) hand_over();
}

void BlockBuilder::add(const RecordHead& head, std::string_view key, std::string_view value) {
  std::string& bytes = block_.bytes;
  const size_t begin = bytes.size();
  const size_t size = kRecordHeadBytes + key.size();
  bytes.resize(begin + size);
  put_record(bytes.data() + begin, head, key);
  bytes.append(value);
  ++block_.item_count;
  block_.byte_count += key.size() + value.size();
}

void BlockBuilder::begin(const RecordHead& head, std::string_view key) {
  const size_t size = record_size(key.size(), head.value_size);
  has_parts_ = is_large(size);
  if (has_parts_ || !has_room(size)) flush();
  if (has_parts_) {
    block_.kind = BlockKind::Part;
    block_.flags = block_flag::kFirstPart;
  }
  const size_t at = block_.bytes.size();
  block_.bytes.resize(at + kRecordHeadBytes + key.size());
  put_record(block_.bytes.data() + at, head, key);
  bytes_left_ = head.value_size;
  record_bytes_ = key.size() + head.value_size;
  if (bytes_left_ == 0) end_record();
}

void BlockBuilder::value(std::string_view piece) {
  DEBUG_ASSERT(piece.size() <= bytes_left_);
  bytes_left_ -= piece.size();
  while (!piece.empty()) {
    const size_t room = kBlockBytesMax - block_.bytes.size();
    if (room == 0) {
      hand_over();
      block_.kind = BlockKind::Part;
      continue;
    }
    const size_t count = std::min(room, piece.size());
    block_.bytes.append(piece.substr(0, count));
    piece.remove_prefix(count);
  }
  if (bytes_left_ == 0) end_record();
}

void BlockBuilder::end_record() {
  ++block_.item_count;
  block_.byte_count += record_bytes_;
  if (!has_parts_) return;
  block_.flags |= block_flag::kLastPart;
  hand_over();
}

}  // namespace larder::snapshot
