// The snapshots in the folder of --snapshot-dir: names, which is the newest, which are too old.
//
// A snapshot's name has the time of its point in time: larder-20261201T030000Z.snapshot (UTC).
// Files with other names are left alone.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace larder::server {

class SnapshotFolder {
 public:
  explicit SnapshotFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const noexcept { return path_; }

  // Whether files can be created and listed in it.
  base::Outcome check() const;

  // Of a snapshot at this Unix time; its name comes after those of all that exist.
  std::string new_path(int64_t unix_now) const;
  // All snapshots, the newest first, by name.  Empty as well if the folder cannot be read.
  std::vector<std::string> paths() const;
  // The newest; nothing: none.
  std::optional<std::string> newest() const;

  // Removes all but the newest `keep_count`, and what a crash left of unfinished ones.
  void prune(size_t keep_count) const;

  static bool is_snapshot(std::string_view name) noexcept;

 private:
  std::vector<std::string> stems() const;

  std::string path_;
};

}  // namespace larder::server
