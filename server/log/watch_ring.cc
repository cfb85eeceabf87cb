#include "server/log/watch_ring.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/assertions.h"

namespace larder::server {

bool WatchRing::open(size_t capacity) {
  if (bytes_ != nullptr) return true;
  capacity_ = std::max(capacity, kCapacityMin);
  bytes_.reset(new (std::nothrow) char[capacity_]);
  if (bytes_ == nullptr) capacity_ = 0;  // everything is dropped
  return bytes_ != nullptr;
}

bool WatchRing::push(WatchRecord record, std::string_view text) noexcept {
  DEBUG_ASSERT(text.size() <= kLogTextSizeMax);
  record.text_size = static_cast<uint8_t>(text.size());
  const size_t size = sizeof record + text.size();
  const uint64_t end = end_.load(std::memory_order_relaxed);
  if (end - begin_seen_ + size > capacity_) {
    begin_seen_ = begin_.load(std::memory_order_acquire);
    if (end - begin_seen_ + size > capacity_) {
      dropped_.add();
      return false;
    }
  }
  copy_in(end, &record, sizeof record);
  copy_in(end + sizeof record, text.data(), text.size());
  end_.store(end + size, std::memory_order_release);
  written_.add();
  return true;
}

bool WatchRing::pop(WatchRecord* record, char* text) noexcept {
  const uint64_t begin = begin_.load(std::memory_order_relaxed);
  if (begin == end_.load(std::memory_order_acquire)) return false;
  copy_out(begin, record, sizeof *record);
  copy_out(begin + sizeof *record, text, record->text_size);
  begin_.store(begin + sizeof *record + record->text_size, std::memory_order_release);
  return true;
}

void WatchRing::copy_in(uint64_t position, const void* bytes, size_t size) noexcept {
  const size_t at = position % capacity_;
  const size_t first = std::min(size, capacity_ - at);
  std::memcpy(bytes_.get() + at, bytes, first);
  std::memcpy(bytes_.get(), static_cast<const char*>(bytes) + first, size - first);
}

void WatchRing::copy_out(uint64_t position, void* bytes, size_t size) const noexcept {
  const size_t at = position % capacity_;
  const size_t first = std::min(size, capacity_ - at);
  std::memcpy(bytes, bytes_.get() + at, first);
  std::memcpy(static_cast<char*>(bytes) + first, bytes_.get(), size - first);
}

}  // namespace larder::server
