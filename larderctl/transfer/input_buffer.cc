#include "larderctl/transfer/input_buffer.h"

#include <algorithm>
#include <cstring>

namespace larder::ctl {

InputBuffer::InputBuffer() : bytes_(std::make_unique_for_overwrite<char[]>(kUsualSize)) {}

std::optional<InputBuffer::Line> InputBuffer::line() noexcept {
  const std::string_view bytes = unread();
  const size_t feed = bytes.find('\n', searched_);
  if (feed == bytes.npos) {
    searched_ = bytes.size();
    return std::nullopt;
  }
  std::string_view text = bytes.substr(0, feed);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return Line{text, feed + 1};
}

std::span<char> InputBuffer::room(size_t size_min, size_t wanted) {
  const size_t unread_size = end_ - begin_;
  const size_t needed = std::max(unread_size + size_min, wanted);
  if (unread_size == 0) begin_ = end_ = 0;
  const bool is_oversized = capacity_ > kUsualSize && needed <= kUsualSize;
  if (needed > capacity_ || is_oversized) {
    // Doubles, where nobody knows how much is to come.
    move_to(std::max({needed, kUsualSize, needed > wanted ? 2 * unread_size : 0}));
  } else if (capacity_ - end_ < std::max(size_min, needed - unread_size)) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, unread_size);
    begin_ = 0;
    end_ = unread_size;
  }
  return {bytes_.get() + end_, capacity_ - end_};
}

void InputBuffer::move_to(size_t capacity) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  const std::string_view bytes = unread();
  std::memcpy(larger.get(), bytes.data(), bytes.size());
  end_ = bytes.size();
  begin_ = 0;
  bytes_ = std::move(larger);
  capacity_ = capacity;
}

}  // namespace larder::ctl
