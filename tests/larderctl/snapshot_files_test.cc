// Snapshot files as larderctl reads them: their headers, and what can be saved of damaged ones.
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>

#include "larderctl/snapshot_file_writer.h"
#include "larderctl/snapshot_info_text.h"
#include "larderctl/snapshot_salvage.h"
#include "larderctl/snapshot_scan.h"
#include "snapshot/reader.h"
#include "snapshot/record_source.h"
#include "snapshot/verify.h"
#include "tests/support/temporary_file.h"

namespace larder::ctl {
namespace {

using snapshot::KeyRing;
using Items = std::map<std::string, std::string>;

constexpr int64_t kCut = 1'790'000'000'000;

Items many_items() {
  Items items;
  for (int i = 0; i < 40; ++i) {
    items["key:" + std::to_string(i)] = std::string(100'000, static_cast<char>('a' + i % 26));
  }
  items["large"] = std::string(3'000'000, 'L');
  items["empty"] = "";
  return items;
}

void write(const std::string& path, const Items& items, const KeyRing& keys = {}) {
  const snapshot::FileHeader header{.cut_unix_ms = kCut, .writer_version = "1.0", .node = "n:1"};
  auto writer = SnapshotFileWriter::create(path, header, snapshot::Codec::None, keys);
  REQUIRE(writer);
  for (const auto& [key, value] : items) {
    snapshot::RecordHead head;
    head.value_size = static_cast<uint32_t>(value.size());
    REQUIRE((*writer)->add({.head = head, .key = key, .value = value}));
  }
  REQUIRE((*writer)->finish({}));
}

Items read(const std::string& path, const KeyRing& keys = {}) {
  auto reader = snapshot::Reader::open(path);
  REQUIRE(reader);
  const auto key = reader->key_from(keys);
  REQUIRE(key);
  snapshot::GroupRecords records(reader->opener(*key));
  Items items;
  for (;;) {
    const auto group = reader->next_group();
    REQUIRE(group);
    if (group->empty()) return items;
    REQUIRE(records.open(*group));
    for (auto record = records.next(); record && *record; record = records.next()) {
      items[std::string((*record)->key)] = (*record)->value;
    }
  }
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Whether every item of `part` is in `all` as it is there.
bool is_part_of(const Items& part, const Items& all) {
  for (const auto& [key, value] : part) {
    const auto found = all.find(key);
    if (found == all.end() || found->second != value) return false;
  }
  return true;
}

TEST_CASE("the headers of blocks tell what is in a file") {
  const support::TemporaryFile file("");
  const Items items = many_items();
  write(file.path(), items);
  const auto scan = scan_snapshot(file.path());
  REQUIRE(scan);
  CHECK(scan->item_count == items.size());
  CHECK(scan->has_end);
  CHECK(scan->end_offset == scan->file_bytes);
  REQUIRE(scan->totals);
  CHECK(scan->totals->item_count == items.size());
  const std::string text = snapshot_info_text(*scan, kCut + 90'000);
  CHECK(text.find("items        42\n") != std::string::npos);
  CHECK(text.find("1 min 30 s old") != std::string::npos);
  const std::string json = snapshot_info_json(*scan, kCut + 90'000);
  CHECK(json.find("\"items\":42,") != std::string::npos);
  CHECK(json.find("\"age_seconds\":90,") != std::string::npos);
  CHECK(json.find("\"cluster\":null,") != std::string::npos);
}

TEST_CASE("a whole file is salvaged whole") {
  const support::TemporaryFile file(""), saved("");
  write(file.path(), many_items());
  const auto salvaged = salvage_snapshot(file.path(), saved.path(), {});
  REQUIRE(salvaged);
  CHECK(salvaged->item_count == 42);
  CHECK(salvaged->skipped_bytes == 0);
  CHECK(salvaged->has_end);
  CHECK(read(saved.path()) == many_items());
}

TEST_CASE("blocks before and behind the damage are saved") {
  const support::TemporaryFile file(""), damaged(""), saved("");
  const Items items = many_items();
  write(file.path(), items);
  const std::string bytes = bytes_of(file.path());
  for (size_t at = 4096; at < bytes.size(); at += bytes.size() / 23) {
    CAPTURE(at);
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    damaged.write(flipped);
    CHECK_FALSE(snapshot::verify(damaged.path(), nullptr));
    const auto salvaged = salvage_snapshot(damaged.path(), saved.path(), {});
    REQUIRE(salvaged);
    CHECK(salvaged->damage_count >= 1);
    CHECK(salvaged->skipped_bytes > 0);
    CHECK(salvaged->item_count >= items.size() - 11);
    CHECK(snapshot::verify(saved.path(), nullptr));
    const Items found = read(saved.path());
    CHECK(found.size() == salvaged->item_count);
    CHECK(is_part_of(found, items));
  }
}

TEST_CASE("of a truncated file the blocks before the end are saved") {
  const support::TemporaryFile file(""), saved("");
  write(file.path(), many_items());
  const std::string bytes = bytes_of(file.path());
  file.write(std::string_view(bytes).substr(0, bytes.size() / 2));
  const auto scan = scan_snapshot(file.path());
  REQUIRE(scan);
  CHECK_FALSE(scan->has_end);
  const auto salvaged = salvage_snapshot(file.path(), saved.path(), {});
  REQUIRE(salvaged);
  CHECK_FALSE(salvaged->has_end);
  CHECK(salvaged->item_count > 0);
  CHECK(salvaged->skipped_bytes < (size_t{4} << 20));
  CHECK(is_part_of(read(saved.path()), many_items()));
}

TEST_CASE("an encrypted file is salvaged with its key only") {
  const support::TemporaryFile file(""), saved("");
  const auto keys = KeyRing::parse(std::string(64, 'a'));
  REQUIRE(keys);
  write(file.path(), many_items(), *keys);
  CHECK_FALSE(salvage_snapshot(file.path(), saved.path(), {}));
  const auto salvaged = salvage_snapshot(file.path(), saved.path(), *keys);
  REQUIRE(salvaged);
  CHECK(salvaged->item_count == 42);
  CHECK(read(saved.path(), *keys) == many_items());
  CHECK(bytes_of(saved.path()).find(std::string(100, 'a')) == std::string::npos);
  const auto scan = scan_snapshot(saved.path());
  REQUIRE(scan);
  CHECK_FALSE(scan->totals);
  CHECK(scan->has_end);
}

}  // namespace
}  // namespace larder::ctl
