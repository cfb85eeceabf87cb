#include "snapshot/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

namespace larder::snapshot {

namespace {

// Syncing in steps keeps the last fsync short, and the written pages out of the page cache.
constexpr uint64_t kSyncBytes = uint64_t{16} << 20;

base::Outcome sync_folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const base::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return base::fail_errno("cannot sync the folder " + folder);
  return base::Done{};
}

}  // namespace

NewFile::NewFile(std::string path, base::UniqueFd fd)
    : path_(std::move(path)), temporary_(path_ + ".tmp"), fd_(std::move(fd)) {}

NewFile::~NewFile() {
  if (fd_) ::unlink(temporary_.c_str());
}

base::Result<NewFile> NewFile::create(const std::string& path) {
  const std::string temporary = path + ".tmp";
  ::unlink(temporary.c_str());
  base::UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return base::fail_errno("cannot create " + temporary);
  return NewFile(path, std::move(fd));
}

base::Outcome NewFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("cannot write " + temporary_);
    size_ += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return size_ - synced_ >= kSyncBytes ? sync_written() : base::Done{};
}

base::Outcome NewFile::sync_written() {
  if (::fdatasync(fd_.get()) != 0) return base::fail_errno("cannot sync " + temporary_);
  ::posix_fadvise(fd_.get(), static_cast<off_t>(synced_), static_cast<off_t>(size_ - synced_),
                  POSIX_FADV_DONTNEED);
  synced_ = size_;
  return base::Done{};
}

base::Outcome NewFile::commit() {
  if (::fsync(fd_.get()) != 0) return base::fail_errno("cannot sync " + temporary_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return base::fail_errno("cannot rename " + temporary_ + " to " + path_);
  }
  fd_.reset();
  return sync_folder_of(path_);
}

}  // namespace larder::snapshot
