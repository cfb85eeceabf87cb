#include "server/worker/connection.h"

#include <algorithm>
#include <cstring>

namespace larder::server {

void Tail::assign(std::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  if (size == 0) return clear();
  if (size <= capacity_) {
    std::memmove(data_.get(), bytes.data(), size);
  } else {
    auto data = std::make_unique_for_overwrite<char[]>(size);
    std::memcpy(data.get(), bytes.data(), size);
    data_ = std::move(data);
    capacity_ = size;
  }
  size_ = size;
}

char* Tail::prepare(uint32_t size) {
  if (capacity_ - size_ < size) {
    const uint32_t capacity = std::max(capacity_ * 2, size_ + size);
    auto data = std::make_unique_for_overwrite<char[]>(capacity);
    bytes().copy(data.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
  }
  return data_.get() + size_;
}

}  // namespace larder::server
