#include "protocol/reply_buffer.h"

#include <algorithm>

#include "base/assertions.h"

namespace larder::protocol {

ReplyBuffer::ReplyBuffer(size_t capacity)
    : data_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

void ReplyBuffer::truncate(size_t owned_size) {
  DEBUG_ASSERT(owned_size <= size_);
  size_ = owned_size;
  while (!borrowed_.empty() && borrowed_.back().owned_offset >= owned_size) {
    borrowed_size_ -= borrowed_.back().size;
    borrowed_.pop_back();
  }
}

void ReplyBuffer::clear() {
  size_ = 0;
  borrowed_size_ = 0;
  borrowed_.clear();
}

void ReplyBuffer::grow(size_t size) {
  const size_t capacity = std::max(size_ + size, capacity_ * 2);
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = capacity;
}

}  // namespace larder::protocol
