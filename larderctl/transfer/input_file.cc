#include "larderctl/transfer/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace larder::ctl {
namespace {

constexpr size_t kReadMin = 64 << 10;

}  // namespace

base::Result<InputFile> InputFile::open(const std::string& path) {
  InputFile file;
  const bool is_standard = path == "-";
  file.name_ = is_standard ? "standard input" : path;
  file.fd_ = base::UniqueFd(is_standard ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                        : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.fd_) return base::fail_errno("cannot open " + file.name_);
  struct stat info {};
  if (::fstat(file.fd_.get(), &info) != 0) return base::fail_errno("cannot read " + file.name_);
  if (S_ISDIR(info.st_mode)) return base::fail(path + " is a folder");
  if (S_ISREG(info.st_mode)) file.size_ = static_cast<uint64_t>(info.st_size);
  return file;
}

base::Outcome InputFile::read(size_t wanted) {
  const std::span<char> room = in_.room(kReadMin, wanted);
  const ssize_t count = ::read(fd_.get(), room.data(), room.size());
  if (count < 0 && errno == EINTR) return base::Done{};
  if (count < 0) return base::fail_errno("cannot read " + name_);
  in_.filled(static_cast<size_t>(count));
  read_bytes_ += static_cast<uint64_t>(count);
  has_ended_ = count == 0;
  return base::Done{};
}

}  // namespace larder::ctl
