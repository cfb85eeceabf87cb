// Writes log lines to a file or to standard error, using spdlog: a bounded queue and a writer
// thread.
//
// push() never waits for a disk or for a reader: when the queue is full, its oldest line is dropped
// and counted.  The writer thread waits until a pipe has room for a line; when the queue is
// destroyed, it waits for kStopMilliseconds at most.
//
// Threads: push(), replace() and the counts from any; created and destroyed by one thread while no
// other thread pushes.
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

  // `file` is open for appending; an empty one means standard error.
  explicit LogQueue(base::UniqueFd file);
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;
  // Writes the remaining lines, for kStopMilliseconds at most.
  ~LogQueue();

  // `line` is complete, ends with a newline and has at most LogLine::kSizeMax bytes.
  void push(std::string_view line) noexcept;
  // Closes the current file; lines that have not been written yet go to the new one.
  void replace(base::UniqueFd file);

  uint64_t written() const noexcept;
  // Lines that were lost because the queue was full or because a write failed.
  uint64_t dropped() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace larder::server
