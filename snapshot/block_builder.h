// Packs records into the payloads of blocks.
//
// A record that fits into an empty block is never cut.  A larger one gets Part blocks of its own.
// Adding a record allocates no memory as long as has_room() is true, so it can be done under a
// bucket's lock.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "snapshot/format.h"
#include "snapshot/record.h"

namespace larder::snapshot {

struct RawBlock {
  BlockKind kind = BlockKind::Items;
  uint8_t flags = 0;
  uint32_t item_count = 0;
  uint64_t byte_count = 0;  // of the keys and values of the items counted here
  std::string bytes;
};

// Where finished blocks go.
class BlockSink {
 public:
  virtual ~BlockSink() = default;
  // An empty string to build the next block in; its capacity is used again.
  virtual std::string empty_buffer() { return {}; }
  // May wait.  False: no more blocks are wanted, and what is added from now on is dropped.
  virtual bool accept(RawBlock block) = 0;
};

class BlockBuilder {
 public:
  // `sink` outlives the builder.
  explicit BlockBuilder(BlockSink& sink);

  bool has_room(size_t size) const noexcept { return block_.bytes.size() + size <= kBlockBytesMax; }
  static bool is_large(size_t size) noexcept { return size > kBlockBytesMax; }

  // Adds a whole record.  Precondition: has_room() for it.
  void add(const RecordHead& head, std::string_view key, std::string_view value);

  // Hands over the block that is being built, if there is anything in it.  May wait.
  void flush();

  // Adds a record of any size, whose value comes in pieces: begin(), then value() until all of
  // head.value_size is there.  May wait.
  void begin(const RecordHead& head, std::string_view key);
  void value(std::string_view piece);

  // False once the sink wants no more.
  bool is_wanted() const noexcept { return is_wanted_; }

 private:
  void start(BlockKind kind);
  void hand_over();
  void end_record();

  BlockSink& sink_;
  RawBlock block_;
  bool is_wanted_ = true;
  bool has_parts_ = false;    // the record that is being added
  uint64_t bytes_left_ = 0;   // of its value
  uint64_t record_bytes_ = 0;  // its key and value
};

}  // namespace larder::snapshot
