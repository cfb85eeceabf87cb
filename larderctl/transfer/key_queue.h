// Keys that were listed and are not asked for yet, first in, first out.
//
// What does not fit into a few blocks of memory goes to a temporary file without a name, in $TMPDIR
// or /tmp.  So a dump is read as fast as it comes, and no server has to keep it waiting, however
// slowly the items follow.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace larder::ctl {

class KeyQueue {
 public:
  static constexpr size_t kBlockBytes = size_t{256} << 10;

  struct Entry {
    std::string_view key;
    int64_t expires = 0;
  };

  // Fails if the temporary file cannot be written.  Precondition: a key of less than 64 KB.
  base::Outcome push(const Entry& entry);

  // The first one, valid until the next call; nothing: it is empty.
  base::Result<std::optional<Entry>> front();
  // Precondition: front() has returned one.
  void pop() noexcept { begin_ += front_size_; }

  // Of the file at the moment.
  uint64_t file_bytes() const noexcept { return written_ - read_; }

 private:
  base::Outcome write_block();
  base::Outcome read_block();

  std::string head_;  // entries are taken from here, beginning at begin_
  size_t begin_ = 0;
  size_t front_size_ = 0;
  std::string tail_;  // and added here; the file has those between
  base::UniqueFd file_;
  uint64_t read_ = 0;
  uint64_t written_ = 0;
};

}  // namespace larder::ctl
