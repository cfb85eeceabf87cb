// Bytes followed by unreadable memory: reading past the end crashes, in every build.
//
// Threads: the owner's thread only.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/assertions.h"

namespace larder::support {

class GuardedBytes {
 public:
  explicit GuardedBytes(std::string_view bytes) : size_(bytes.size()) {
    const auto page_size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t readable_size = (bytes.size() / page_size + 1) * page_size;
    mapped_size_ = readable_size + page_size;
    mapping_ =
        ::mmap(nullptr, mapped_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT(mapping_ != MAP_FAILED);
    char* guard = static_cast<char*>(mapping_) + readable_size;
    ASSERT(::mprotect(guard, page_size, PROT_NONE) == 0);
    data_ = guard - bytes.size();
    if (!bytes.empty()) std::memcpy(data_, bytes.data(), bytes.size());
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() { ::munmap(mapping_, mapped_size_); }

  // Valid as long as this object.
  std::string_view bytes() const { return {data_, size_}; }

 private:
  void* mapping_ = nullptr;
  size_t mapped_size_ = 0;
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace larder::support
