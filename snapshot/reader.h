// Reads one snapshot file, block by block, and checks it on the way.
//
// Errors name the block and its offset in the file.  After one, next() goes on failing; recover()
// looks for the next whole block behind the damage.
//
// Threads: one at a time.  Blocks can be opened by several threads, each with its own opener().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "snapshot/block_sealer.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"

namespace larder::snapshot {

// A block as it is stored, with its checksum found right.
struct StoredBlock {
  BlockHeader header;
  uint64_t offset = 0;       // of its header in the file
  std::string header_bytes;  // kBlockHeaderBytes
  std::string bytes;
};

class Reader {
 public:
  // Opens a file and reads its header.
  static base::Result<Reader> open(const std::string& path);

  const FileHeader& header() const noexcept { return header_; }
  uint64_t file_bytes() const noexcept { return file_bytes_; }
  uint64_t offset() const noexcept { return offset_; }  // of what is read next
  // The End block was read, and everything before it was whole.
  bool is_whole() const noexcept { return is_whole_; }

  // The key of this file: null if it is not encrypted.  Fails if none of the keys is the one.
  base::Result<const Secret*> key_from(const KeyRing& keys) const;
  BlockOpener opener(const Secret* key) const;

  // The next block of records; nothing after the End block.
  base::Result<std::optional<StoredBlock>> next();

  // The blocks that belong together: one of Items, or all parts of one record.  Empty at the end.
  base::Result<std::vector<StoredBlock>> next_group();

  // After an error: continues with the next whole block of this file.  False if there is none.
  bool recover();

  // Begins again with the first block.
  void rewind() noexcept;

  // The totals of the End block, checked against the blocks that were read.  Precondition: next()
  // has returned nothing.  `opener` is one of this file.
  base::Result<Totals> totals(BlockOpener& opener) const;

 private:
  Reader(std::string path, base::UniqueFd fd, uint64_t file_bytes) noexcept;

  base::Error damage(const std::string& what) const;
  base::Result<size_t> read_at(uint64_t offset, char* to, size_t size) const;
  base::Outcome read_block(StoredBlock& block);

  std::string path_;
  base::UniqueFd fd_;
  uint64_t file_bytes_;
  FileHeader header_;
  std::string header_bytes_;
  uint64_t seed_ = 0;
  uint64_t offset_ = kHeaderBytes;
  uint64_t sequence_ = 0;  // of the next block
  bool has_failed_ = false;
  bool has_gaps_ = false;  // recover() was needed
  bool is_whole_ = false;
  bool has_ended_ = false;
  uint64_t item_count_ = 0;  // of the blocks read
  uint64_t chain_ = 0;
  StoredBlock end_;
};

}  // namespace larder::snapshot
