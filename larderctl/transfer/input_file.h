// A file or standard input, read in pieces.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "larderctl/transfer/context.h"
#include "larderctl/transfer/input_buffer.h"

namespace larder::ctl {

class InputFile {
 public:
  // "-" is standard input.
  static base::Result<InputFile> open(const std::string& path);

  const std::string& name() const noexcept { return name_; }
  // 0: it has no size.
  uint64_t size() const noexcept { return size_; }
  uint64_t read_bytes() const noexcept { return read_bytes_; }

  InputBuffer& in() noexcept { return in_; }
  bool has_ended() const noexcept { return has_ended_; }

  // Waits for more, unless an interrupt ends that.  `wanted`: so many unread bytes are needed.
  base::Outcome read(size_t wanted = 0);

  void watch(PollSet& polls) { place_ = polls.add(fd_.get(), POLLIN); }
  bool was_ready(const PollSet& polls) const { return polls.was_ready(place_); }

 private:
  std::string name_;
  base::UniqueFd fd_;
  uint64_t size_ = 0;
  uint64_t read_bytes_ = 0;
  InputBuffer in_;
  bool has_ended_ = false;
  size_t place_ = 0;
};

}  // namespace larder::ctl
