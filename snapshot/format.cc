#include "snapshot/format.h"

#include <algorithm>

#include "base/hash.h"
#include "snapshot/little_endian.h"

namespace larder::snapshot {

namespace {

// A byte with the high bit, a line end and an end-of-file mark show damage by text-mode copying.
constexpr std::string_view kMagic("\x8cLDR\r\n\x1a\n", 8);
constexpr size_t kChecksumAt = 32;
constexpr size_t kHashedHeaderBytes = kHeaderBytes - 16;

char* put_text(char* to, std::string_view text) {
  text = text.substr(0, kHeaderTextMax);
  to = put(to, static_cast<uint16_t>(text.size()));
  return std::copy(text.begin(), text.end(), to);
}

bool take_text(const char*& from, const char* end, std::string* text) {
  if (end - from < 2) return false;
  const uint16_t size = take<uint16_t>(from);
  if (end - from < size) return false;
  text->assign(from, size);
  from += size;
  return true;
}

std::string version_text(uint16_t major, uint16_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

void take_numbers(const char*& at, FileHeader& header) {
  header.codec = static_cast<Codec>(take<uint8_t>(at));
  header.cipher = static_cast<Cipher>(take<uint8_t>(at));
  at += 6;
  std::copy_n(at, header.key_id.size(), header.key_id.begin());
  at += header.key_id.size();
  std::copy_n(at, header.salt.size(), header.salt.begin());
  at += header.salt.size();
  header.cut_unix_ms = static_cast<int64_t>(take<uint64_t>(at));
  header.item_estimate = take<uint64_t>(at);
  header.byte_estimate = take<uint64_t>(at);
  header.hash_power = take<uint32_t>(at);
  at += 4;
}

}  // namespace

std::array<char, kHeaderBytes> encode(const FileHeader& header) {
  std::array<char, kHeaderBytes> bytes{};
  char* at = std::copy(kMagic.begin(), kMagic.end(), bytes.data());
  at = put(at, header.major);
  at = put(at, header.minor);
  at = put(at, kBlockBytesMax);
  at = put(at, header.compatible_features);
  at = put(at, header.incompatible_features);
  at = put(at, static_cast<uint8_t>(header.codec));
  at = put(at, static_cast<uint8_t>(header.cipher));
  at += 6;
  at = std::copy(header.key_id.begin(), header.key_id.end(), at);
  at = std::copy(header.salt.begin(), header.salt.end(), at);
  at = put(at, static_cast<uint64_t>(header.cut_unix_ms));
  at = put(at, header.item_estimate);
  at = put(at, header.byte_estimate);
  at = put(at, header.hash_power);
  at += 4;
  at = put_text(at, header.writer_version);
  at = put_text(at, header.cluster);
  at = put_text(at, header.shard);
  put_text(at, header.node);
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), kHashedHeaderBytes);
  at = put(bytes.data() + kHashedHeaderBytes, uint64_t{hash.low64});
  put(at, uint64_t{hash.high64});
  return bytes;
}

uint64_t block_seed(std::string_view header_bytes) {
  const char* at = header_bytes.data() + kHashedHeaderBytes;
  return take<uint64_t>(at);
}

base::Result<FileHeader> decode_header(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) {
    return base::fail("not a snapshot file: its first bytes are others");
  }
  if (bytes.size() < kHeaderBytes) {
    return base::fail("the file is truncated: it ends within the header, at offset " +
                      std::to_string(bytes.size()));
  }
  const char* at = bytes.data() + kHashedHeaderBytes;
  const auto low = take<uint64_t>(at);
  const auto high = take<uint64_t>(at);
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), kHashedHeaderBytes);
  if (hash.low64 != low || hash.high64 != high) {
    return base::fail("the header, at offset 0, is damaged: its checksum differs");
  }
  FileHeader header;
  at = bytes.data() + kMagic.size();
  header.major = take<uint16_t>(at);
  header.minor = take<uint16_t>(at);
  const auto block_bytes = take<uint32_t>(at);
  header.compatible_features = take<uint64_t>(at);
  header.incompatible_features = take<uint64_t>(at);
  take_numbers(at, header);
  const char* end = bytes.data() + kHashedHeaderBytes;
  const bool has_texts =
      take_text(at, end, &header.writer_version) && take_text(at, end, &header.cluster) &&
      take_text(at, end, &header.shard) && take_text(at, end, &header.node);
  const uint64_t unknown = header.incompatible_features & ~kKnownFeatures;
  if (header.major != kMajor || unknown != 0 || block_bytes > kBlockBytesMax || !has_texts) {
    return base::fail("snapshot format " + version_text(header.major, header.minor) +
                      (unknown != 0 ? " with unknown features " + std::to_string(unknown) : "") +
                      " was written by larder " + header.writer_version +
                      "; this version reads format " + version_text(kMajor, kMinor));
  }
  return header;
}

void encode(const BlockHeader& header, char* to) {
  char* at = std::copy(kBlockMagic.begin(), kBlockMagic.end(), to);
  at = put(at, header.sequence);
  at = put(at, header.kind);
  at = put(at, header.flags);
  at = put(at, uint16_t{0});
  at = put(at, header.item_count);
  at = put(at, header.raw_bytes);
  at = put(at, header.stored_bytes);
  at = put(at, uint32_t{0});
  put(at, header.checksum);
}

std::optional<BlockHeader> decode_block_header(std::string_view bytes) {
  if (bytes.size() < kBlockHeaderBytes) return std::nullopt;
  if (!bytes.starts_with(kBlockMagic)) return std::nullopt;
  const char* at = bytes.data() + kBlockMagic.size();
  BlockHeader header;
  header.sequence = take<uint64_t>(at);
  header.kind = take<uint8_t>(at);
  header.flags = take<uint8_t>(at);
  at += 2;
  header.item_count = take<uint32_t>(at);
  header.raw_bytes = take<uint32_t>(at);
  header.stored_bytes = take<uint32_t>(at);
  at += 4;
  header.checksum = take<uint64_t>(at);
  if (header.raw_bytes > kBlockBytesMax) return std::nullopt;
  if (header.stored_bytes > kBlockBytesMax + kSealBytesMax) return std::nullopt;
  return header;
}

uint64_t block_checksum(std::string_view header_bytes, std::string_view stored, uint64_t seed) {
  const uint64_t of_header =
      XXH3_64bits_withSeed(header_bytes.data(), kChecksumAt, seed);
  return XXH3_64bits_withSeed(stored.data(), stored.size(), of_header);
}

std::string encode(const Totals& totals) {
  std::string bytes(kTotalsBytes, '\0');
  char* at = put(bytes.data(), totals.item_count);
  at = put(at, totals.byte_count);
  at = put(at, totals.relaxed_count);
  at = put(at, totals.evicted_count);
  put(at, totals.chain);
  return bytes;
}

std::optional<Totals> decode_totals(std::string_view bytes) {
  if (bytes.size() < kTotalsBytes) return std::nullopt;
  const char* at = bytes.data();
  Totals totals;
  totals.item_count = take<uint64_t>(at);
  totals.byte_count = take<uint64_t>(at);
  totals.relaxed_count = take<uint64_t>(at);
  totals.evicted_count = take<uint64_t>(at);
  totals.chain = take<uint64_t>(at);
  return totals;
}

uint64_t chained(uint64_t chain, uint64_t checksum) {
  char bytes[8];
  put(bytes, checksum);
  return XXH3_64bits_withSeed(bytes, sizeof(bytes), chain);
}

std::string to_hex(const KeyId& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace larder::snapshot
