#include "snapshot/block_sealer.h"

namespace larder::snapshot {

namespace {

constexpr int kZstdLevel = 1;
constexpr size_t kAuthenticatedBytes = kBlockHeaderBytes - 8;  // all but the checksum

std::string_view authenticated(std::string_view block_header) {
  return block_header.substr(0, kAuthenticatedBytes);
}

}  // namespace

BlockSealer::BlockSealer(const FileHeader& header, std::string_view header_bytes,
                         const Secret* key)
    : seed_(block_seed(header_bytes)) {
  if (header.codec == Codec::Zstd) compressor_.emplace(kZstdLevel);
  if (key != nullptr) cipher_.emplace(*key, header.salt, header_bytes);
}

// Blocks that do not shrink are stored as they are.
std::string_view BlockSealer::compressed(std::string_view raw) {
  if (!compressor_ || !compressor_->compress(raw, compressed_)) return raw;
  return compressed_;
}

base::Outcome BlockSealer::seal(const RawBlock& block, std::string& out) {
  const std::string_view raw = block.bytes;
  const std::string_view payload = compressed(raw);
  BlockHeader header;
  header.sequence = sequence_++;
  header.kind = static_cast<uint8_t>(block.kind);
  header.flags = block.flags;
  if (payload.data() != raw.data()) header.flags |= block_flag::kCompressed;
  header.item_count = block.item_count;
  header.raw_bytes = static_cast<uint32_t>(raw.size());
  header.stored_bytes = static_cast<uint32_t>(payload.size() + (cipher_ ? kTagBytes : 0));

  out.resize(kBlockHeaderBytes);
  encode(header, out.data());
  if (cipher_) {
    const std::string associated(authenticated(out));
    if (auto done = cipher_->seal(header.sequence, associated, payload, out); !done) return done;
  } else {
    out.append(payload);
  }
  const std::string_view bytes = out;
  header.checksum = block_checksum(bytes.substr(0, kBlockHeaderBytes),
                                   bytes.substr(kBlockHeaderBytes), seed_);
  encode(header, out.data());
  totals_.chain = chained(totals_.chain, header.checksum);
  totals_.item_count += block.item_count;
  totals_.byte_count += block.byte_count;
  return base::Done{};
}

BlockOpener::BlockOpener(const FileHeader& header, std::string_view header_bytes,
                         const Secret* key) {
  if (key != nullptr) cipher_.emplace(*key, header.salt, header_bytes);
}

base::Outcome BlockOpener::open(std::string_view block_header, std::string_view stored,
                                std::string& raw) {
  const auto header = decode_block_header(block_header);
  if (!header) return base::fail("its header is not one");
  if (cipher_) {
    decrypted_.clear();
    auto done = cipher_->open(header->sequence, authenticated(block_header), stored, decrypted_);
    if (!done) return done;
    stored = decrypted_;
  }
  if ((header->flags & block_flag::kCompressed) != 0) {
    return decompressor_.decompress(stored, header->raw_bytes, raw);
  }
  if (stored.size() != header->raw_bytes) return base::fail("its size differs");
  raw.assign(stored);
  return base::Done{};
}

}  // namespace larder::snapshot
