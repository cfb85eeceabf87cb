#include "server/support/line_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/assertions.h"

namespace larder::server {
namespace {

constexpr size_t kNoteSizeMax = 32;  // "skipped=", 20 digits and the newline

}  // namespace

LineBuffer::LineBuffer(size_t capacity)
    : capacity_(std::max(capacity, kCapacityMin)), bytes_(new (std::nothrow) char[capacity_]) {}

bool LineBuffer::has_room(size_t line_size) const noexcept {
  return capacity_ - size_ >= line_size + (skipped_count_ > 0 ? kNoteSizeMax : 0);
}

bool LineBuffer::offer(std::string_view line) noexcept {
  if (!has_room(line.size())) {
    ++skipped_count_;
    return false;
  }
  append_note();
  append(line);
  return true;
}

void LineBuffer::tell_skipped() noexcept {
  if (size_ <= capacity_ / 2) append_note();
}

void LineBuffer::append_note() noexcept {
  if (skipped_count_ == 0) return;
  char note[kNoteSizeMax];
  const char* const end = fmt::format_to(note, "skipped={}\n", skipped_count_);
  append({note, static_cast<size_t>(end - note)});
  skipped_count_ = 0;
}

void LineBuffer::append(std::string_view bytes) noexcept {
  DEBUG_ASSERT(bytes.size() <= capacity_ - size_);
  const size_t at = (begin_ + size_) % capacity_;
  const size_t first = bytes.copy(bytes_.get() + at, capacity_ - at);
  bytes.substr(first).copy(bytes_.get(), capacity_);
  size_ += bytes.size();
}

std::array<std::string_view, 2> LineBuffer::runs() const noexcept {
  const size_t first = std::min(size_, capacity_ - begin_);
  return {std::string_view(bytes_.get() + begin_, first),
          std::string_view(bytes_.get(), size_ - first)};
}

void LineBuffer::consume(size_t size) noexcept {
  DEBUG_ASSERT(size <= size_);
  begin_ = (begin_ + size) % capacity_;
  size_ -= size;
}

}  // namespace larder::server
