// From one store through a file into another.

#include "snapshot/load.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <vector>

#include "snapshot/save.h"
#include "tests/support/snapshot_file.h"
#include "tests/support/store_user.h"
#include "tests/support/temporary_folder.h"

namespace larder::snapshot {
namespace {

using support::pattern;
using support::StoreUser;

slab::Options store_of(size_t megabytes) {
  slab::Options options;
  options.memory_bytes_max = megabytes << 20;
  options.item_size_max = 1 << 20;
  options.thread_count_max = 4;
  return options;
}

int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// A store, its clock, and threads that use it.
struct Side {
  explicit Side(size_t megabytes = 64) : store(store_of(megabytes)) {
    clock.tick(100);
    user.now = other.now = clock.now();
  }

  base::Clock clock{unix_now()};
  slab::Store store;
  StoreUser user{store};
  StoreUser other{store};

  base::Result<Saved> save_to(const std::string& path, const KeyRing* keys = nullptr) {
    SaveProgress progress;
    return snapshot::save(store, other.cache(), clock, {.path = path, .keys = keys}, progress);
  }
  base::Result<Loaded> load_from(const LoadOptions& options) {
    LoadProgress progress;
    slab::ThreadCache* const caches[] = {&user.cache(), &other.cache()};
    return load(store, caches, clock, options, progress);
  }
};

TEST_CASE("what is saved is loaded into another store") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  Side from;
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(from.user.write("key" + std::to_string(i), pattern(i, i % 50 == 0 ? 30'000 : i % 400),
                            {.key_is_binary = i % 3 == 0,
                             .flags = static_cast<uint32_t>(i),
                             .exptime = i % 2 == 0 ? 0 : from.user.now + 1000}) ==
            slab::WriteOutcome::Stored);
  }
  const auto saved = from.save_to(path);
  REQUIRE(saved);
  CHECK(saved->totals.item_count == 5000);
  CHECK(saved->file_bytes == std::filesystem::file_size(path));

  Side to;
  const auto loaded = to.load_from({.path = path});
  REQUIRE(loaded);
  CHECK(loaded->items == 5000);
  CHECK(loaded->skipped() == 0);
  CHECK(loaded->damage.empty());
  for (int i = 0; i < 5000; ++i) {
    const std::string key = "key" + std::to_string(i);
    const auto before = from.user.find(key);
    const auto after = to.user.find(key);
    REQUIRE(before);
    REQUIRE(after);
    REQUIRE(after->value == before->value);
    REQUIRE(after->flags == before->flags);
    REQUIRE(after->cas == before->cas);
    REQUIRE((after->exptime == 0) == (before->exptime == 0));
    if (after->exptime != 0) {
      REQUIRE(to.clock.unix_time(after->exptime) == from.clock.unix_time(before->exptime));
    }
  }
  to.store.verify();
}

TEST_CASE("CAS ids after a load are higher than all that were given before") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  Side from;
  REQUIRE(from.user.set("key", "x"));
  REQUIRE(from.save_to(path));
  for (int i = 0; i < 1000; ++i) REQUIRE(from.user.set("key", "x"));  // after the snapshot
  const uint64_t last = from.user.find("key")->cas;
  Side to;
  REQUIRE(to.load_from({.path = path}));
  for (StoreUser* user : {&to.user, &to.other}) {
    REQUIRE(user->set("another", "x"));
    CHECK(user->find("another")->cas > last);
  }
  CHECK(to.user.cas("key", "y", last) == slab::WriteOutcome::Exists);
}

TEST_CASE("items that expired meanwhile are left out, keys that are there stay") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  Side from;
  REQUIRE(from.user.set("expires", "x", from.user.now + 1));
  REQUIRE(from.user.set("kept", "old"));
  REQUIRE(from.user.set("loaded", "x"));
  REQUIRE(from.save_to(path));
  Side to;
  to.clock.tick(102);
  to.user.now = 102;
  REQUIRE(to.user.set("kept", "new"));
  const auto loaded = to.load_from({.path = path});
  REQUIRE(loaded);
  CHECK(loaded->items == 1);
  CHECK(loaded->expired == 1);
  CHECK(loaded->already_there == 1);
  CHECK(to.user.get("kept") == "new");
  CHECK(to.user.get("loaded") == "x");
}

TEST_CASE("a value over this store's limit is left out and counted") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  support::FileItems items;
  items["large"] = {{}, std::string(3 << 20, 'x')};
  items["small"] = {{}, "x"};
  items[std::string(251, 'k')] = {{}, "x"};
  REQUIRE(support::write_file(path, items));
  Side to;
  const auto loaded = to.load_from({.path = path});
  REQUIRE(loaded);
  CHECK(loaded->items == 1);
  CHECK(loaded->too_large == 2);
}

TEST_CASE("into a smaller store the items that were accessed last are loaded") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  Side from;
  const auto fill = [&](const std::string& name, int count) {
    for (int i = 0; i < count; ++i) {
      REQUIRE(from.user.set(name + std::to_string(i), pattern(i, 5000)));
    }
  };
  fill("cold", 3000);
  from.clock.tick(200);
  from.user.now = 200;
  fill("warm", 500);
  REQUIRE(from.save_to(path));
  Side to(8);
  const auto loaded = to.load_from({.path = path});
  REQUIRE(loaded);
  CHECK(loaded->cold == 3000);
  int found = 0;
  for (int i = 0; i < 500; ++i) found += to.user.get("warm" + std::to_string(i)).has_value();
  CHECK(found == 500);
}

TEST_CASE("nothing is loaded of a damaged file, or what is before the damage if that is wanted") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  Side from;
  for (int i = 0; i < 20'000; ++i)
    REQUIRE(from.user.set("key" + std::to_string(i), pattern(i, 200)));
  REQUIRE(from.save_to(path));
  std::string bytes = support::bytes_of(path);
  bytes[bytes.size() / 2] ^= 1;
  support::set_bytes(path, bytes);
  Side to;
  const auto refused = to.load_from({.path = path});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("is damaged: its checksum differs") != std::string::npos);
  CHECK(support::sum_of(to.store, &slab::ClassCounters::items) == 0);
  const auto partial = to.load_from({.path = path, .allows_partial = true});
  REQUIRE(partial);
  CHECK(partial->items > 5000);
  CHECK(partial->items < 15'000);
  CHECK(partial->damage == refused.error().text);
}

TEST_CASE("a file that is encrypted needs its key") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  const KeyRing keys = std::move(*KeyRing::parse(std::string(64, 'a')));
  const KeyRing others = std::move(*KeyRing::parse(std::string(64, 'b')));
  Side from;
  REQUIRE(from.user.set("key", "x"));
  REQUIRE(from.save_to(path, &keys));
  Side to;
  CHECK_FALSE(to.load_from({.path = path}));
  CHECK_FALSE(to.load_from({.path = path, .keys = &others}));
  CHECK(to.load_from({.path = path, .keys = &keys})->items == 1);
}

TEST_CASE("a save that is cancelled or has no place leaves the older file") {
  const support::TemporaryFolder folder;
  const std::string path = folder.path("a.snapshot");
  Side from;
  for (int i = 0; i < 5000; ++i)
    REQUIRE(from.user.set("key" + std::to_string(i), pattern(i, 2000)));
  REQUIRE(from.save_to(path));
  const std::string before = support::bytes_of(path);
  SaveProgress progress;
  progress.is_cancelled = true;
  const auto saved =
      snapshot::save(from.store, from.other.cache(), from.clock, {.path = path}, progress);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().text == "the snapshot was cancelled");
  CHECK(support::bytes_of(path) == before);
  CHECK_FALSE(from.save_to(folder.path("none/a.snapshot")));
  CHECK(from.save_to(path));  // neither left the store in between two colours
  CHECK(Side().load_from({.path = path})->items == 5000);
}

}  // namespace
}  // namespace larder::snapshot
