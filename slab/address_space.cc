#include "slab/address_space.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace larder::slab {
namespace {

// Page-table reach: chunks are addressed from an aligned base, and huge pages need it too.
constexpr size_t kHugePageSize = size_t{2} << 20;
constexpr size_t kAlignment = kHugePageSize;

// The maximum takes the touching thread some milliseconds.
constexpr size_t kAheadMax = 32 * kHugePageSize;
constexpr size_t kAheadMin = 4 * kHugePageSize;

size_t whole_huge_pages(size_t size) noexcept {
  return (size + kHugePageSize - 1) / kHugePageSize * kHugePageSize;
}

}  // namespace

AddressSpace::AddressSpace(size_t size, size_t fallback_size, bool uses_huge_pages)
    : uses_huge_pages_(uses_huge_pages) {
  for (const size_t wanted : {size, fallback_size}) {
    void* mapping = ::mmap(nullptr, wanted + kAlignment, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) continue;
    mapping_ = mapping;
    mapping_size_ = wanted + kAlignment;
    const auto start = reinterpret_cast<uintptr_t>(mapping);
    data_ = reinterpret_cast<char*>((start + kAlignment - 1) & ~(kAlignment - 1));
    size_ = wanted;
    break;
  }
  if (data_ == nullptr) return;
  ::madvise(mapping_, mapping_size_, uses_huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  ::madvise(mapping_, mapping_size_, MADV_DONTDUMP);
}

AddressSpace::~AddressSpace() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_size_);
}

void AddressSpace::populate(char* begin, size_t size) noexcept {
  ::madvise(begin, size, MADV_POPULATE_WRITE);
}

void AddressSpace::reach(char* begin, size_t size) noexcept {
  if (!uses_huge_pages_) return populate(begin, size);
  const size_t end = std::min(whole_huge_pages(static_cast<size_t>(begin - data_) + size), size_);
  size_t touched = touched_.load(std::memory_order_relaxed);
  while (touched < end) {
    if (!touched_.compare_exchange_weak(touched, end, std::memory_order_relaxed)) continue;
    ::madvise(data_ + touched, end - touched, MADV_NOHUGEPAGE);
    populate(data_ + touched, end - touched);
    ::madvise(data_ + touched, end - touched, MADV_HUGEPAGE);
    return;
  }
}

void AddressSpace::touch_ahead(size_t reached, size_t size_max) noexcept {
  const size_t moved = reached - std::min(reached_before_, reached);
  reached_before_ = reached;
  if (!uses_huge_pages_ || moved == 0) return;
  const size_t ahead = std::min(std::clamp(moved + moved / 2, kAheadMin, kAheadMax), size_max);
  const size_t end = std::min(whole_huge_pages(reached + ahead), size_);
  size_t touched = touched_.load(std::memory_order_relaxed);
  for (;;) {
    // Memory that is already in use is left to the threads that use it.
    const size_t begin = std::max(touched, whole_huge_pages(reached));
    if (begin >= end) return;
    const size_t next = std::min(begin + kHugePageSize, end);
    if (!touched_.compare_exchange_weak(touched, next, std::memory_order_relaxed)) continue;
    populate(data_ + begin, next - begin);
    touched = next;
  }
}

void AddressSpace::give_back(char* begin, size_t size) noexcept {
  if (uses_huge_pages_) {
    const size_t first = static_cast<size_t>(begin - data_) / kHugePageSize * kHugePageSize;
    const size_t end = whole_huge_pages(static_cast<size_t>(begin - data_) + size);
    ::madvise(data_ + first, std::min(end, size_) - first, MADV_NOHUGEPAGE);
  }
  ::madvise(begin, size, MADV_DONTNEED);
}

}  // namespace larder::slab
