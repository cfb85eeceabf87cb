// The options of snapshots.
#include <catch2/catch.hpp>

#include "server/options/options.h"
#include "tests/server/options/command_lines.h"

namespace larder::server {
namespace {

TEST_CASE("without options there are no snapshots") {
  const Options bare = options_of("");
  CHECK(bare.snapshot_folder.empty());
  CHECK(bare.snapshot_every_seconds == 0);
  CHECK(bare.snapshot_at_minute == -1);
  CHECK(bare.snapshot_keep_count == 3);
  CHECK(bare.snapshot_bytes_per_second == 0);
  CHECK(!bare.compresses_snapshots);
  CHECK(bare.snapshot_key_file.empty());
  CHECK(bare.snapshot_key_command.empty());
  CHECK(!bare.starts_warm);
}

TEST_CASE("snapshots have a directory, a schedule, a number, a rate, a codec and a key") {
  const Options options = options_of(
      "--snapshot-dir a --snapshot-every 6h --snapshot-keep 5 "
      "--snapshot-rate 10 "
      "--snapshot-compress "
      "--snapshot-key-file b "
      "--warm-start");
  CHECK(options.snapshot_folder == "a");
  CHECK(options.snapshot_every_seconds == 6 * 3600);
  CHECK(options.snapshot_keep_count == 5);
  CHECK(options.snapshot_bytes_per_second == uint64_t{10} << 20);
  CHECK(options.compresses_snapshots);
  CHECK(options.snapshot_key_file == "b");
  CHECK(options.starts_warm);
  const Options daily = options_of(
      "--snapshot-dir a --snapshot-at 3:05 "
      "--snapshot-key-command c");
  CHECK(daily.snapshot_at_minute == 185);
  CHECK(daily.snapshot_key_command == "c");
}

TEST_CASE("invalid options of snapshots are refused with the reason") {
  const Refused rows[] = {
      {"--snapshot-every 1w", 1,
       "larder: --snapshot-every takes an interval such as 30m, 6h or 1d, not \"1w\""},
      {"--snapshot-at 25:00", 1,
       "larder: --snapshot-at takes a time of day such as 03:00, not \"25:00\""},
      {"--snapshot-keep 0", 1, "larder: --snapshot-keep takes 1 to 100000 files, not 0"},
      {"--snapshot-every 1h", 64, "larder: a schedule for snapshots needs --snapshot-dir"},
      {"--snapshot-at 03:00", 64, "larder: a schedule for snapshots needs --snapshot-dir"},
      {"--warm-start", 64, "larder: --warm-start needs --snapshot-dir"},
      {"--snapshot-dir a --snapshot-every 1h --snapshot-at 03:00", 64,
       "larder: --snapshot-every and --snapshot-at cannot be combined"},
      {"--snapshot-dir a --snapshot-key-file b --snapshot-key-command c", 64,
       "larder: --snapshot-key-file and --snapshot-key-command cannot be combined"},
  };
  for (const Refused& row : rows) CHECK(difference(row) == "");
}

}  // namespace
}  // namespace larder::server
