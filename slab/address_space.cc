#include "slab/address_space.h"

#include <sys/mman.h>

#include <cstdint>
#include <initializer_list>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace larder::slab {
namespace {

// Page-table reach: chunks are addressed from an aligned base, and huge pages need it too.
constexpr size_t kAlignment = size_t{2} << 20;

}  // namespace

AddressSpace::AddressSpace(size_t size, size_t fallback_size, bool uses_huge_pages) {
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
  ::madvise(begin, size, MADV_DONTNEED);
}

}  // namespace larder::slab
