// What one watcher has not read yet: whole lines, in so many bytes and no more.
//
// A line that finds no room is counted, and the count is told where the lines would have been:
// "skipped=<lines>", before the next one that finds room, or as soon as half of the room is free.
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
  // Enough for a few lines at their longest.
  static constexpr size_t kCapacityMin = 4096;

  // Without memory for so many bytes it is_usable() not.
  explicit LineBuffer(size_t capacity);

  bool is_usable() const noexcept { return bytes_ != nullptr; }
  size_t size() const noexcept { return size_; }

  // False: it is one of those skipped.
  bool offer(std::string_view line) noexcept;
  // Whether the next line of that size would be taken.
  bool has_room(size_t line_size) const noexcept;
  // Tells what was skipped, if it is time.
  void tell_skipped() noexcept;

  // Its bytes, front to back, in two runs, of which either may be empty.
  std::array<std::string_view, 2> runs() const noexcept;
  // That many of them are gone.
  void consume(size_t size) noexcept;

 private:
  void append(std::string_view bytes) noexcept;
  void append_note() noexcept;

  const size_t capacity_;
  const std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0;
  size_t size_ = 0;
  uint64_t skipped_count_ = 0;  // not yet told
};

}  // namespace larder::server
