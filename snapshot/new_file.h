// A file that appears under its name only when it is whole: written under a temporary name in the
// same folder, synced, then renamed.  Whatever fails before leaves an older file of that name as it
// is, and removes the temporary one.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace larder::snapshot {

class NewFile {
 public:
  // Creates the temporary file, NAME.tmp, with mode 0600; one that a crash left there is replaced.
  static base::Result<NewFile> create(const std::string& path);

  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = default;
  ~NewFile();

  base::Outcome append(std::string_view bytes);
  // Syncs and renames.
  base::Outcome commit();

  uint64_t size() const noexcept { return size_; }

 private:
  NewFile(std::string path, base::UniqueFd fd);
  base::Outcome sync_written();

  std::string path_;
  std::string temporary_;
  base::UniqueFd fd_;  // empty once committed
  uint64_t size_ = 0;
  uint64_t synced_ = 0;
};

}  // namespace larder::snapshot
