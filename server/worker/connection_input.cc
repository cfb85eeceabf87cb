#include "server/worker/connection_input.h"

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

bool ConnectionInput::is_consistent() const noexcept {
  if (has_unparsed_tail && (tail.size() == 0 || awaits_small_value())) return false;
  if (dialect == Dialect::Unknown && (!is_at_request() || tail.size() != 0)) return false;
  if (const auto* request = std::get_if<NextIsRequest>(&next))
    return request->searched <= tail.size();
  if (const auto* value = std::get_if<NextIsLargeValue>(&next)) return value->upload != nullptr;
  if (const auto* value = std::get_if<NextIsSkipped>(&next)) return value->bytes > 0;
  return tail.size() != 0;  // a head with an incomplete value
}

}  // namespace larder::server
