// Turns the payload of a block into the bytes of the file: compresses, encrypts, adds the header
// with its checksum.
//
// Threads: one at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "snapshot/block_builder.h"
#include "snapshot/block_cipher.h"
#include "snapshot/compression.h"
#include "snapshot/format.h"
#include "snapshot/key_ring.h"

namespace larder::snapshot {

class BlockSealer {
 public:
  // `header_bytes` are those of `header`.  `key` is its master key; null: not encrypted.
  BlockSealer(const FileHeader& header, std::string_view header_bytes, const Secret* key);

  // Sets `out` to the whole block.  Blocks are numbered in the order of the calls.
  base::Outcome seal(const RawBlock& block, std::string& out);

  // Of all blocks so far.
  const Totals& totals() const noexcept { return totals_; }

 private:
  std::string_view compressed(std::string_view raw);

  uint64_t seed_;
  uint64_t sequence_ = 0;
  Totals totals_;
  std::optional<Compressor> compressor_;
  std::optional<BlockCipher> cipher_;
  std::string compressed_;
};

// The way back.  Threads: each thread needs an object of its own.
class BlockOpener {
 public:
  // `key` is the master key of the header's key id; null: not encrypted.
  BlockOpener(const FileHeader& header, std::string_view header_bytes, const Secret* key);

  // Sets `raw` to the payload of a block whose checksum was found right.  `block_header` are its
  // kBlockHeaderBytes.  The error does not name the block.
  base::Outcome open(std::string_view block_header, std::string_view stored, std::string& raw);

 private:
  std::optional<BlockCipher> cipher_;
  Decompressor decompressor_;
  std::string decrypted_;
};

}  // namespace larder::snapshot
