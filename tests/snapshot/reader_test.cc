// Files: what is written is read again, and any damage is found and named.

#include "snapshot/reader.h"

#include <catch2/catch.hpp>
#include <random>

#include "snapshot/verify.h"
#include "tests/support/snapshot_file.h"
#include "tests/support/store_user.h"
#include "tests/support/temporary_folder.h"

namespace larder::snapshot {
namespace {

using support::FileItems;
using support::pattern;

constexpr char kKeyA[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
constexpr char kKeyB[] = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

FileItems some_items(size_t count) {
  FileItems items;
  for (size_t i = 0; i < count; ++i) {
    const size_t size = i % 100 == 99 ? 20'000 : i * 7 % 300;
    RecordHead head{.traits = static_cast<uint8_t>(i % 16),
                    .frequency = static_cast<uint8_t>(i % 8),
                    .is_in_main_queue = i % 2 == 0,
                    .was_fetched = i % 3 == 0,
                    .flags = static_cast<uint32_t>(i),
                    .cas = i * 1000,
                    .expires_unix_ms = i % 5 == 0 ? 0 : 1'800'000'000'000 + i,
                    .idle_seconds = static_cast<uint32_t>(i)};
    items["key" + std::to_string(i)] = {head, pattern(i, size)};
  }
  items["large"] = {{}, pattern(1, 3'500'000)};
  items["of exactly a block"] = {{}, pattern(2, kBlockBytesMax - kRecordHeadBytes - 18)};
  items["one more than a block"] = {{}, pattern(3, kBlockBytesMax - kRecordHeadBytes - 20)};
  items["zero"] = {{}, ""};
  items[std::string("\0\r\n \xff", 5)] = {{}, std::string("\0", 1)};
  return items;
}

void check_equal(const FileItems& read, const FileItems& written) {
  REQUIRE(read.size() == written.size());
  for (const auto& [key, item] : written) {
    const auto found = read.find(key);
    REQUIRE(found != read.end());
    REQUIRE(found->second.value == item.value);
    const RecordHead& head = found->second.head;
    REQUIRE(head.traits == item.head.traits);
    REQUIRE(head.frequency == item.head.frequency);
    REQUIRE(head.is_in_main_queue == item.head.is_in_main_queue);
    REQUIRE(head.was_fetched == item.head.was_fetched);
    REQUIRE(head.flags == item.head.flags);
    REQUIRE(head.cas == item.head.cas);
    REQUIRE(head.expires_unix_ms == item.head.expires_unix_ms);
    REQUIRE(head.idle_seconds == item.head.idle_seconds);
  }
}

TEST_CASE("items that were written are read again, by each codec and cipher") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  const Codec codec = GENERATE(Codec::None, Codec::Zstd);
  const bool is_encrypted = GENERATE(false, true);
  CAPTURE(codec, is_encrypted);
  const KeyRing keys = is_encrypted ? std::move(*KeyRing::parse(kKeyA)) : KeyRing();
  const FileItems items = some_items(3000);
  REQUIRE(support::write_file(path, items, codec, keys));
  std::string error;
  check_equal(support::read_file(path, &error, keys), items);
  CHECK(error.empty());
  const auto verified = verify(path, &keys);
  REQUIRE(verified);
  CHECK(verified->item_count == items.size());
  REQUIRE(verified->totals);
  CHECK(verified->totals->item_count == items.size());
}

TEST_CASE("an empty snapshot is whole") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  REQUIRE(support::write_file(path, {}));
  std::string error;
  CHECK(support::read_file(path, &error).empty());
  CHECK(error.empty());
  CHECK(verify(path, nullptr)->block_count == 0);
}

TEST_CASE("a flipped bit anywhere in the file is found, and its block named") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  REQUIRE(support::write_file(path, some_items(300)));
  const std::string whole = support::bytes_of(path);
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string damaged = whole;
    const size_t at = random() % whole.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    support::set_bytes(path, damaged);
    const auto verified = verify(path, nullptr);
    CAPTURE(at);
    REQUIRE_FALSE(verified);
    REQUIRE(verified.error().text.find("offset") != std::string::npos);
  }
}

TEST_CASE("a file that was cut anywhere is found") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  REQUIRE(support::write_file(path, some_items(300)));
  const std::string whole = support::bytes_of(path);
  std::mt19937_64 random(2);
  for (int i = 0; i < 100; ++i) {
    const size_t size = i == 0 ? whole.size() - 1 : random() % whole.size();
    support::set_bytes(path, whole.substr(0, size));
    CAPTURE(size);
    REQUIRE_FALSE(verify(path, nullptr));
  }
  support::set_bytes(path, whole + "x");
  CHECK(verify(path, nullptr).error().text.find("goes on behind it") != std::string::npos);
}

// The file in blocks, with their headers.
std::vector<std::string> blocks_of(const std::string& file) {
  std::vector<std::string> blocks;
  size_t at = kHeaderBytes;
  while (at < file.size()) {
    const auto header = decode_block_header(std::string_view(file).substr(at));
    blocks.push_back(file.substr(at, kBlockHeaderBytes + header->stored_bytes));
    at += blocks.back().size();
  }
  return blocks;
}

TEST_CASE("blocks in another order, a missing one and one of another file are found") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  REQUIRE(support::write_file(path, some_items(20'000)));
  const std::string file = support::bytes_of(path);
  const std::string head = file.substr(0, kHeaderBytes);
  std::vector<std::string> blocks = blocks_of(file);
  REQUIRE(blocks.size() > 4);
  const auto joined = [&] {
    std::string all = head;
    for (const std::string& block : blocks) all += block;
    return all;
  };
  std::string error;
  SECTION("swapped") {
    std::swap(blocks[0], blocks[1]);
    support::set_bytes(path, joined());
    CHECK(support::read_file(path, &error).empty());
    CHECK(error == path + ": block 0 at offset 4096 is out of order: it is block 1");
  }
  SECTION("missing") {
    blocks.erase(blocks.begin() + 1);
    support::set_bytes(path, joined());
    support::read_file(path, &error);
    CHECK(error.find("is out of order: it is block 2") != std::string::npos);
  }
  SECTION("of another file") {
    const std::string other_path = folder.path("b.snapshot");
    FileHeader header;
    header.node = "another";
    auto writer = Writer::create(other_path, header, Codec::None, {});
    REQUIRE(writer);
    REQUIRE(writer->write({.kind = BlockKind::Items, .bytes = ""}));
    REQUIRE(writer->finish(0, 0));
    blocks[0] = blocks_of(support::bytes_of(other_path))[0];
    support::set_bytes(path, joined());
    support::read_file(path, &error);
    CHECK(error == path + ": block 0 at offset 4096 is damaged: its checksum differs");
  }
}

TEST_CASE("behind the damage the whole blocks can be read") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  const FileItems items = some_items(20'000);
  REQUIRE(support::write_file(path, items));
  std::string bytes = support::bytes_of(path);
  const size_t second = kHeaderBytes + blocks_of(bytes)[0].size();
  bytes[second + 100] ^= 1;
  support::set_bytes(path, bytes);

  auto reader = Reader::open(path);
  REQUIRE(reader);
  GroupRecords records(reader->opener(nullptr));
  size_t found = 0;
  size_t damages = 0;
  for (;;) {
    auto group = reader->next_group();
    if (!group) {
      ++damages;
      REQUIRE(reader->recover());
      continue;
    }
    if (group->empty()) break;
    REQUIRE(records.open(*group));
    for (auto record = records.next(); record->has_value(); record = records.next()) {
      const auto item = items.find(std::string((*record)->key));
      REQUIRE(item != items.end());
      REQUIRE(item->second.value == (*record)->value);
      ++found;
    }
  }
  CHECK(damages == 1);
  CHECK_FALSE(reader->is_whole());
  CHECK(found > items.size() / 2);
  CHECK(found < items.size());
}

TEST_CASE("an encrypted file is refused without its key, before anything is read") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  const KeyRing keys = std::move(*KeyRing::parse(kKeyA));
  REQUIRE(support::write_file(path, some_items(10), Codec::None, keys));
  std::string error;
  CHECK(support::read_file(path, &error).empty());
  CHECK(error ==
        path + ": encrypted with the key " + to_hex(keys.first_id()) + ", and no key was given");
  CHECK(support::read_file(path, &error, std::move(*KeyRing::parse(kKeyB))).empty());
  CHECK(error == path + ": encrypted with the key " + to_hex(keys.first_id()) +
                     ", which none of the given keys is");
  // After a rotation, the new key stands before the old one.
  const std::string both = std::string(kKeyB) + "\n" + kKeyA + "\n";
  CHECK(support::read_file(path, &error, std::move(*KeyRing::parse(both))).size() == 15);
  CHECK(error.empty());
  // Checksums need no key.
  CHECK(verify(path, nullptr)->item_count == 15);
}

TEST_CASE("an encrypted file shows neither keys nor values") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  const KeyRing keys = std::move(*KeyRing::parse(kKeyA));
  REQUIRE(support::write_file(path, {{"the key is plain", {{}, "the value is plain"}}}, Codec::None,
                              keys));
  const std::string bytes = support::bytes_of(path);
  CHECK(bytes.find("plain") == std::string::npos);
  REQUIRE(support::write_file(path, {{"the key is plain", {{}, "the value is plain"}}}));
  CHECK(support::bytes_of(path).find("the value is plain") != std::string::npos);
}

TEST_CASE("a changed block of an encrypted file is refused although its checksum fits") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  const KeyRing keys = std::move(*KeyRing::parse(kKeyA));
  REQUIRE(support::write_file(path, some_items(10), Codec::None, keys));
  std::string bytes = support::bytes_of(path);
  bytes[kHeaderBytes + kBlockHeaderBytes + 5] ^= 1;
  const auto seed = block_seed(bytes);
  const std::string_view view = bytes;
  const auto header = decode_block_header(view.substr(kHeaderBytes));
  BlockHeader sealed = *header;
  sealed.checksum =
      block_checksum(view.substr(kHeaderBytes, kBlockHeaderBytes),
                     view.substr(kHeaderBytes + kBlockHeaderBytes, header->stored_bytes), seed);
  encode(sealed, bytes.data() + kHeaderBytes);
  support::set_bytes(path, bytes);
  std::string error;
  support::read_file(path, &error, keys);
  CHECK(error == "the block at offset 4096 cannot be opened: its authentication tag differs");
}

}  // namespace
}  // namespace larder::snapshot
