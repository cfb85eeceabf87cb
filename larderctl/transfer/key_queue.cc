#include "larderctl/transfer/key_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace larder::ctl {
namespace {

// An entry in a block: this, and the key.
struct EntryHead {
  int64_t expires;
  uint16_t key_size;
};
constexpr size_t kEntryHeadBytes = sizeof(int64_t) + sizeof(uint16_t);

base::Result<base::UniqueFd> open_temporary() {
  const char* const variable = std::getenv("TMPDIR");
  const std::string folder = variable != nullptr && *variable != '\0' ? variable : "/tmp";
  base::UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  // Not every file system has files without a name.
  std::string path = folder + "/larderctl-XXXXXX";
  file = base::UniqueFd(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return base::fail_errno("cannot create a temporary file in " + folder);
  ::unlink(path.c_str());
  return file;
}

}  // namespace

base::Outcome KeyQueue::push(const Entry& entry) {
  const EntryHead head{entry.expires, static_cast<uint16_t>(entry.key.size())};
  const size_t at = tail_.size();
  tail_.resize(at + kEntryHeadBytes);
  std::memcpy(tail_.data() + at, &head.expires, sizeof(head.expires));
  std::memcpy(tail_.data() + at + sizeof(head.expires), &head.key_size, sizeof(head.key_size));
  tail_ += entry.key;
  return tail_.size() >= kBlockBytes ? write_block() : base::Done{};
}

base::Result<std::optional<KeyQueue::Entry>> KeyQueue::front() {
  if (begin_ == head_.size()) {
    if (auto done = read_block(); !done) return done.error();
  }
  if (begin_ == head_.size()) return std::optional<Entry>();
  EntryHead head{};
  const char* const at = head_.data() + begin_;
  std::memcpy(&head.expires, at, sizeof(head.expires));
  std::memcpy(&head.key_size, at + sizeof(head.expires), sizeof(head.key_size));
  front_size_ = kEntryHeadBytes + head.key_size;
  return std::optional(Entry{{at + kEntryHeadBytes, head.key_size}, head.expires});
}

// A block in the file is its size and its entries.
base::Outcome KeyQueue::write_block() {
  if (begin_ == head_.size() && read_ == written_) return base::Done{};  // front() takes it
  if (!file_) {
    auto file = open_temporary();
    if (!file) return file.error();
    file_ = std::move(*file);
  }
  const auto size = static_cast<uint32_t>(tail_.size());
  tail_.insert(0, reinterpret_cast<const char*>(&size), sizeof(size));
  for (size_t done = 0; done < tail_.size();) {
    const ssize_t count = ::pwrite(file_.get(), tail_.data() + done, tail_.size() - done,
                                   static_cast<off_t>(written_ + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("cannot write the list of keys to a temporary file");
    done += static_cast<size_t>(count);
  }
  written_ += tail_.size();
  tail_.clear();
  return base::Done{};
}

// Fills head_, if there is anything left.  Precondition: all of it was taken.
base::Outcome KeyQueue::read_block() {
  begin_ = 0;
  head_.clear();
  if (read_ == written_) {
    std::swap(head_, tail_);
    if (written_ > 0 && ::ftruncate(file_.get(), 0) == 0) read_ = written_ = 0;
    return base::Done{};
  }
  const auto read_all = [this](char* to, size_t size) {
    for (size_t done = 0; done < size;) {
      const ssize_t count =
          ::pread(file_.get(), to + done, size - done, static_cast<off_t>(read_ + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      done += static_cast<size_t>(count);
    }
    read_ += size;
    return true;
  };
  uint32_t size = 0;
  bool is_read = read_all(reinterpret_cast<char*>(&size), sizeof(size));
  if (is_read) {
    head_.resize(size);
    is_read = read_all(head_.data(), size);
  }
  if (!is_read) return base::fail_errno("cannot read the list of keys from a temporary file");
  return base::Done{};
}

}  // namespace larder::ctl
