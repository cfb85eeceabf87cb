#include "server/keep/snapshot_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <functional>

namespace larder::server {

namespace {

constexpr std::string_view kPrefix = "larder-";
constexpr std::string_view kSuffix = ".snapshot";
constexpr std::string_view kUnfinished = ".tmp";
constexpr size_t kTimeSize = 16;  // 20261201T030000Z

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(path, failed), end; !failed && at != end;
       at.increment(failed)) {
    names.push_back(at->path().filename().string());
  }
  return names;
}

}  // namespace

bool SnapshotFolder::is_snapshot(std::string_view name) noexcept {
  return name.size() >= kPrefix.size() + kTimeSize + kSuffix.size() && name.starts_with(kPrefix) &&
         name.ends_with(kSuffix) && name[kPrefix.size() + kTimeSize - 1] == 'Z';
}

base::Outcome SnapshotFolder::check() const {
  std::error_code failed;
  const auto status = std::filesystem::status(path_, failed);
  if (failed) return base::fail("--snapshot-dir " + path_ + ": " + failed.message());
  if (!std::filesystem::is_directory(status)) {
    return base::fail("--snapshot-dir " + path_ + ": not a directory");
  }
  if (::access(path_.c_str(), R_OK | W_OK | X_OK) != 0) {
    return base::fail_errno("--snapshot-dir " + path_);
  }
  return base::Done{};
}

// After one of the same second, and after a clock that was set back, the name is the newest one's
// time and the next number: so the newest snapshot always has the last name.
std::string SnapshotFolder::new_path(int64_t unix_now) const {
  const auto now = static_cast<std::time_t>(unix_now);
  std::string stem = fmt::format("{}{:%Y%m%dT%H%M%SZ}", kPrefix, fmt::gmtime(now));
  if (const auto all = stems(); !all.empty() && all.front() >= stem) {
    const std::string_view last = all.front();
    const size_t time_end = kPrefix.size() + kTimeSize;
    int number = 0;
    if (last.size() > time_end + 1) {
      std::from_chars(last.data() + time_end + 1, last.data() + last.size(), number);
    }
    stem = fmt::format("{}-{:06}", last.substr(0, time_end), number + 1);
  }
  return fmt::format("{}/{}{}", path_, stem, kSuffix);
}

// Names without their suffix, as "Z-000001.snapshot" sorts before "Z.snapshot"; the newest first.
std::vector<std::string> SnapshotFolder::stems() const {
  std::vector<std::string> stems;
  for (const std::string& name : names_in(path_)) {
    if (is_snapshot(name)) stems.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  std::sort(stems.begin(), stems.end(), std::greater<>());
  return stems;
}

std::vector<std::string> SnapshotFolder::paths() const {
  std::vector<std::string> paths = stems();
  for (std::string& stem : paths) stem = path_ + "/" + stem + std::string(kSuffix);
  return paths;
}

std::optional<std::string> SnapshotFolder::newest() const {
  const auto all = paths();
  if (all.empty()) return std::nullopt;
  return all.front();
}

void SnapshotFolder::prune(size_t keep_count) const {
  const auto all = paths();
  for (size_t i = keep_count; i < all.size(); ++i) ::unlink(all[i].c_str());
  for (const std::string& name : names_in(path_)) {
    if (!name.ends_with(kUnfinished)) continue;
    const auto whole = std::string_view(name).substr(0, name.size() - kUnfinished.size());
    if (is_snapshot(whole)) ::unlink((path_ + "/" + name).c_str());
  }
}

}  // namespace larder::server
