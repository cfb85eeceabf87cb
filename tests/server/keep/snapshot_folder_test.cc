#include "server/keep/snapshot_folder.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace larder::server {
namespace {

constexpr int64_t kTime = 1'796'083'200;  // 2026-12-01 00:00 UTC

void touch(const std::string& path) { std::ofstream(path) << "x"; }

TEST_CASE("a new snapshot has the last name although older ones of that second were removed") {
  const support::TemporaryFolder folder;
  const SnapshotFolder snapshots(folder.path());
  std::string last;
  for (int i = 0; i < 20; ++i) {
    last = snapshots.new_path(kTime);
    REQUIRE_FALSE(std::filesystem::exists(last));
    touch(last);
    snapshots.prune(2);
    REQUIRE(snapshots.newest() == last);
  }
}

TEST_CASE("a new snapshot has the last name although the clock was set back") {
  const support::TemporaryFolder folder;
  const SnapshotFolder snapshots(folder.path());
  touch(snapshots.new_path(kTime));
  const std::string later = snapshots.new_path(kTime - 3600);
  CHECK(later == folder.path("larder-20261201T000000Z-000001.snapshot"));
  touch(later);
  CHECK(snapshots.newest() == later);
}

TEST_CASE("a snapshot is named by its time, and a second one of that second by a number") {
  const support::TemporaryFolder folder;
  const SnapshotFolder snapshots(folder.path());
  CHECK(snapshots.new_path(kTime) == folder.path("larder-20261201T000000Z.snapshot"));
  touch(snapshots.new_path(kTime));
  CHECK(snapshots.new_path(kTime) == folder.path("larder-20261201T000000Z-000001.snapshot"));
}

TEST_CASE("the newest snapshot comes first, and other files are not snapshots") {
  const support::TemporaryFolder folder;
  const SnapshotFolder snapshots(folder.path());
  CHECK_FALSE(snapshots.newest());
  std::vector<std::string> in_order;
  for (const int64_t time : {kTime, kTime, kTime + 60, kTime + 86'400}) {
    in_order.insert(in_order.begin(), snapshots.new_path(time));
    touch(in_order.front());
  }
  for (const char* name : {"larder.snapshot", "larder-20261201T000000Z.snapshot.tmp", "notes",
                           "larder-20261201T000000Z.snapshot.bak"}) {
    touch(folder.path(name));
  }
  CHECK(snapshots.paths() == in_order);
  CHECK(snapshots.newest() == in_order.front());
}

TEST_CASE("pruning keeps the newest snapshots and all other files") {
  const support::TemporaryFolder folder;
  const SnapshotFolder snapshots(folder.path());
  for (int i = 0; i < 5; ++i) touch(snapshots.new_path(kTime + i));
  touch(folder.path("notes"));
  touch(folder.path("larder-20261201T000000Z.snapshot.tmp"));  // left by a crash
  snapshots.prune(2);
  const std::vector<std::string> kept = {folder.path("larder-20261201T000004Z.snapshot"),
                                         folder.path("larder-20261201T000003Z.snapshot")};
  CHECK(snapshots.paths() == kept);
  CHECK(std::filesystem::exists(folder.path("notes")));
  CHECK_FALSE(std::filesystem::exists(folder.path("larder-20261201T000000Z.snapshot.tmp")));
}

TEST_CASE("a folder that cannot be used is refused") {
  const support::TemporaryFolder folder;
  CHECK(SnapshotFolder(folder.path()).check());
  CHECK(SnapshotFolder(folder.path("none")).check().error().text ==
        "--snapshot-dir " + folder.path("none") + ": No such file or directory");
  touch(folder.path("file"));
  CHECK(SnapshotFolder(folder.path("file")).check().error().text ==
        "--snapshot-dir " + folder.path("file") + ": not a directory");
}

}  // namespace
}  // namespace larder::server
