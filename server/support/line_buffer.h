// A bounded buffer for the unsent lines of one watcher.
//
// A line that does not fit is skipped and counted.  A line "skipped=<lines>" takes the place of
// skipped lines: before the next line that fits, or as soon as half of the buffer is free.
//
// Threads: one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace larder::server {

class LineBuffer {
 public:
  // Room for a few lines of maximum length.
  static constexpr size_t kCapacityMin = 4096;

  // is_usable() is false if the memory could not be allocated.
  explicit LineBuffer(size_t capacity);

  bool is_usable() const noexcept { return bytes_ != nullptr; }
  size_t size() const noexcept { return size_; }

  // Appends the line, or counts it as skipped and returns false.
  bool offer(std::string_view line) noexcept;
  // Whether a line of that size would fit.
  bool has_room(size_t line_size) const noexcept;
  // Appends the line about skipped lines if half of the buffer is free.
  void tell_skipped() noexcept;

  // The content in order, as two runs; either may be empty.
  std::array<std::string_view, 2> runs() const noexcept;
  // Removes `size` bytes from the front.
  void consume(size_t size) noexcept;

 private:
  void append(std::string_view bytes) noexcept;
  void append_note() noexcept;

  const size_t capacity_;
  const std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0;
  size_t size_ = 0;
  uint64_t skipped_count_ = 0;  // not yet reported
};

}  // namespace larder::server
