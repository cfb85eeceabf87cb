// Headers: what is written is read again, and what is damaged or newer is refused in words.

#include "snapshot/format.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/hash.h"
#include "snapshot/little_endian.h"

namespace larder::snapshot {
namespace {

FileHeader some_header() {
  FileHeader header;
  header.compatible_features = 5;
  header.incompatible_features = kFeatureZstd | kFeatureAes256Gcm;
  header.codec = Codec::Zstd;
  header.cipher = Cipher::Aes256Gcm;
  header.key_id = {1, 2, 3, 4, 5, 6, 7, 0xf8};
  header.salt.fill(9);
  header.cut_unix_ms = 1'796'000'000'123;
  header.item_estimate = 4'000'000;
  header.byte_estimate = 452'000'000;
  header.hash_power = 22;
  header.writer_version = "1.2.3";
  header.cluster = "prod";
  header.shard = "s1";
  header.node = "cache-1.example:11211";
  return header;
}

std::string bytes_of(const FileHeader& header) {
  const auto bytes = encode(header);
  return {bytes.data(), bytes.size()};
}

// With the checksum of what is in it.
void seal(std::string& bytes) {
  const auto hash = XXH3_128bits(bytes.data(), kHeaderBytes - 16);
  char* at = put(bytes.data() + kHeaderBytes - 16, uint64_t{hash.low64});
  put(at, uint64_t{hash.high64});
}

TEST_CASE("a header that was written is read again") {
  const FileHeader header = some_header();
  const auto read = decode_header(bytes_of(header));
  REQUIRE(read);
  CHECK(read->major == 1);
  CHECK(read->minor == 0);
  CHECK(read->compatible_features == 5);
  CHECK(read->incompatible_features == header.incompatible_features);
  CHECK(read->codec == Codec::Zstd);
  CHECK(read->cipher == Cipher::Aes256Gcm);
  CHECK(read->key_id == header.key_id);
  CHECK(read->salt == header.salt);
  CHECK(read->cut_unix_ms == header.cut_unix_ms);
  CHECK(read->item_estimate == header.item_estimate);
  CHECK(read->byte_estimate == header.byte_estimate);
  CHECK(read->hash_power == 22);
  CHECK(read->writer_version == "1.2.3");
  CHECK(read->cluster == "prod");
  CHECK(read->shard == "s1");
  CHECK(read->node == "cache-1.example:11211");
}

TEST_CASE("texts that are too long for the header are cut") {
  FileHeader header;
  header.node = std::string(1000, 'n');
  const auto read = decode_header(bytes_of(header));
  REQUIRE(read);
  CHECK(read->node == std::string(kHeaderTextMax, 'n'));
}

TEST_CASE("a flipped bit anywhere in the header is found") {
  const std::string whole = bytes_of(some_header());
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    REQUIRE_FALSE(decode_header(damaged));
  }
}

TEST_CASE("what is no snapshot and what is cut is told apart") {
  CHECK(decode_header("").error().text == "not a snapshot file: its first bytes are others");
  CHECK(decode_header("REDIS0011").error().text ==
        "not a snapshot file: its first bytes are others");
  CHECK(decode_header(bytes_of(some_header()).substr(0, 100)).error().text ==
        "the file is truncated: it ends within the header, at offset 100");
}

TEST_CASE("a newer version is refused by name, a newer minor version is read") {
  std::string bytes = bytes_of(some_header());
  put(bytes.data() + 8, uint16_t{2});
  seal(bytes);
  CHECK(decode_header(bytes).error().text ==
        "snapshot format 2.0 was written by larder 1.2.3; this version reads format 1.0");
  put(bytes.data() + 8, uint16_t{1});
  put(bytes.data() + 10, uint16_t{7});
  seal(bytes);
  CHECK(decode_header(bytes)->minor == 7);
  put(bytes.data() + 24, uint64_t{64});
  seal(bytes);
  CHECK(decode_header(bytes).error().text ==
        "snapshot format 1.7 with unknown features 64 was written by larder 1.2.3; this version "
        "reads format 1.0");
}

TEST_CASE("a block header that was written is read again, impossible sizes are not") {
  const BlockHeader header{.sequence = 7,
                           .kind = 1,
                           .flags = 3,
                           .item_count = 10,
                           .raw_bytes = 1000,
                           .stored_bytes = 500,
                           .checksum = 0x1122334455667788};
  char bytes[kBlockHeaderBytes];
  encode(header, bytes);
  const auto read = decode_block_header({bytes, sizeof(bytes)});
  REQUIRE(read);
  CHECK(read->sequence == 7);
  CHECK(read->kind == 1);
  CHECK(read->flags == 3);
  CHECK(read->item_count == 10);
  CHECK(read->raw_bytes == 1000);
  CHECK(read->stored_bytes == 500);
  CHECK(read->checksum == header.checksum);
  CHECK_FALSE(decode_block_header({bytes, sizeof(bytes) - 1}));
  put(bytes + 20, uint32_t{kBlockBytesMax + 1});
  CHECK_FALSE(decode_block_header({bytes, sizeof(bytes)}));
}

TEST_CASE("totals that were written are read again") {
  const std::string bytes = encode(Totals{1, 2, 3, 4, 5});
  CHECK(bytes.size() == kTotalsBytes);
  const auto read = decode_totals(bytes);
  REQUIRE(read);
  CHECK(read->item_count == 1);
  CHECK(read->byte_count == 2);
  CHECK(read->relaxed_count == 3);
  CHECK(read->evicted_count == 4);
  CHECK(read->chain == 5);
  CHECK_FALSE(decode_totals(bytes.substr(1)));
}

}  // namespace
}  // namespace larder::snapshot
