// Bytes that were read and not used yet, in one piece.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace larder::ctl {

class InputBuffer {
 public:
  // It grows beyond this only for what needs more in one piece, and shrinks again afterwards.
  static constexpr size_t kUsualSize = size_t{256} << 10;

  InputBuffer();

  std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  // Views of unread() stay valid until room() is called.
  void consume(size_t size) noexcept {
    begin_ += size;
    searched_ = 0;
  }

  // The next line without its ending, which is consumed with consume(line_size).
  struct Line {
    std::string_view text;
    size_t size = 0;  // with its ending
  };
  std::optional<Line> line() noexcept;

  // Where to read to: at least `size_min` bytes, and room for `wanted` of unread() in all.
  std::span<char> room(size_t size_min, size_t wanted = 0);
  void filled(size_t size) noexcept { end_ += size; }

 private:
  void move_to(size_t capacity);

  size_t capacity_ = kUsualSize;
  std::unique_ptr<char[]> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t searched_ = 0;  // so many unread bytes have no line feed
};

}  // namespace larder::ctl
