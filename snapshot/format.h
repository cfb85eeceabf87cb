// The layout of a snapshot file: one header of 4096 bytes, then blocks, the last of kind End.
// docs/snapshot-format.md describes every byte; this header and that page change together.
//
//   header | block header, payload | block header, payload | ... | End
//
// Numbers are little endian.  Every checksum is XXH3 (xxHash 0.8), over the bytes as they are
// stored, so a file can be verified without its encryption key.  The checksum of a block is seeded
// with that of the file header: a block of another file does not fit.
//
// Threads: pure functions and plain data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace larder::snapshot {

inline constexpr size_t kHeaderBytes = 4096;
inline constexpr size_t kBlockHeaderBytes = 40;
inline constexpr uint16_t kMajor = 1;  // a reader refuses another major version
inline constexpr uint16_t kMinor = 0;

// The largest payload of a block before compression and encryption.
inline constexpr uint32_t kBlockBytesMax = uint32_t{1} << 20;
// What sealing may add to a payload.
inline constexpr uint32_t kSealBytesMax = 4096;

enum class Codec : uint8_t { None = 0, Zstd = 1 };
enum class Cipher : uint8_t { None = 0, Aes256Gcm = 1 };

// Features that a reader must know to read the file at all (incompatible_features).
inline constexpr uint64_t kFeatureZstd = 1;
inline constexpr uint64_t kFeatureAes256Gcm = 2;
inline constexpr uint64_t kKnownFeatures = kFeatureZstd | kFeatureAes256Gcm;

using KeyId = std::array<uint8_t, 8>;
using Salt = std::array<uint8_t, 32>;

struct FileHeader {
  uint16_t major = kMajor;
  uint16_t minor = kMinor;
  uint64_t compatible_features = 0;    // a reader ignores those that it does not know
  uint64_t incompatible_features = 0;  // a reader refuses those that it does not know
  Codec codec = Codec::None;
  Cipher cipher = Cipher::None;
  KeyId key_id{};  // all zero: not encrypted
  Salt salt{};
  int64_t cut_unix_ms = 0;  // the point in time
  uint64_t item_estimate = 0;
  uint64_t byte_estimate = 0;  // of keys and values
  uint32_t hash_power = 0;     // of the index: room for 2^n items
  std::string writer_version;  // of the server that wrote it
  std::string cluster{};       // empty: in none
  std::string shard{};
  std::string node{};
};

// Texts that are too long are cut: each has room for kHeaderTextMax bytes.
inline constexpr size_t kHeaderTextMax = 255;

std::array<char, kHeaderBytes> encode(const FileHeader& header);
// The checksum of an encoded header, the seed of its blocks' checksums.
uint64_t block_seed(std::string_view header_bytes);

// `bytes` are the first kHeaderBytes of a file, or all of a shorter one.  The error says what is
// wrong with them: not a snapshot, damaged, or written by a newer version.
base::Result<FileHeader> decode_header(std::string_view bytes);

enum class BlockKind : uint8_t {
  Items = 1,  // whole records
  Part = 2,   // a part of one record that is larger than a block
  End = 5,
};
// A reader skips unknown kinds from here on, and refuses others.
inline constexpr uint8_t kSkippableKinds = 128;

namespace block_flag {
inline constexpr uint8_t kCompressed = 1;
inline constexpr uint8_t kFirstPart = 2;
inline constexpr uint8_t kLastPart = 4;
}  // namespace block_flag

// The first bytes of every block.
inline constexpr std::string_view kBlockMagic = "LBlk";

struct BlockHeader {
  uint64_t sequence = 0;  // 0, 1, 2 ... in the order of the file
  uint8_t kind = 0;       // a BlockKind
  uint8_t flags = 0;
  uint32_t item_count = 0;  // records that end in this block
  uint32_t raw_bytes = 0;
  uint32_t stored_bytes = 0;
  uint64_t checksum = 0;  // of this header without it, and of the stored bytes
};

void encode(const BlockHeader& header, char* to);  // kBlockHeaderBytes, with its checksum
// Nothing if the magic number is missing or the sizes are impossible.
std::optional<BlockHeader> decode_block_header(std::string_view bytes);
// `header_bytes` are kBlockHeaderBytes; those of the checksum are left out.
uint64_t block_checksum(std::string_view header_bytes, std::string_view stored, uint64_t seed);

// The payload of the End block.
struct Totals {
  uint64_t item_count = 0;
  uint64_t byte_count = 0;     // of keys and values
  uint64_t relaxed_count = 0;  // saved with a later value than at the point in time
  uint64_t evicted_count = 0;  // evicted before they could be saved
  uint64_t chain = 0;          // of the checksums of all blocks before, in order
};
inline constexpr size_t kTotalsBytes = 40;

std::string encode(const Totals& totals);
std::optional<Totals> decode_totals(std::string_view bytes);
// Adds a block's checksum to the chain.
uint64_t chained(uint64_t chain, uint64_t checksum);

std::string to_hex(const KeyId& id);

}  // namespace larder::snapshot
