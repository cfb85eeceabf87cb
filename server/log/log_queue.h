// The way of the log's lines to a file or to standard error, by spdlog: a bounded queue and a
// thread that writes.
//
// Whoever pushes a line never waits for a disk or for a reader: a queue that is full loses its
// oldest line, and counts it.  The thread waits for room in a pipe, before it writes what fits in
// one; once the queue is to end, it does so for kStopMilliseconds at most.
//
// Threads: push(), replace() and the counts from any; made and destroyed by one, without which
// nobody pushes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/unique_fd.h"

namespace larder::server {

class LogQueue {
 public:
  static constexpr size_t kLinesMax = 512;
  static constexpr int64_t kStopMilliseconds = 500;

  // `file`: open for appending; none: standard error.
  explicit LogQueue(base::UniqueFd file);
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;
  // Writes what it has, as far as it is taken.
  ~LogQueue();

  // A whole line with its end, of at most LogLine::kSizeMax bytes.
  void push(std::string_view line) noexcept;
  // Lines that have not been written yet go there, and the file until now is closed.
  void replace(base::UniqueFd file);

  uint64_t written() const noexcept;
  // Lines that found the queue full, or could not be written.
  uint64_t dropped() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace larder::server
