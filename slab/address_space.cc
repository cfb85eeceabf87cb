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

void AddressSpace::give_back(char* begin, size_t size) noexcept {
  if (uses_huge_pages_) {
    const size_t first = static_cast<size_t>(begin - data_) / kHugePageSize * kHugePageSize;
    const size_t end = static_cast<size_t>(begin - data_) + size;
    const size_t whole = (end - first + kHugePageSize - 1) / kHugePageSize * kHugePageSize;
    ::madvise(data_ + first, std::min(whole, size_ - first), MADV_NOHUGEPAGE);
  }
  ::madvise(begin, size, MADV_DONTNEED);
}

}  // namespace larder::slab
