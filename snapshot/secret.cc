#include "snapshot/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

#include <new>

namespace larder::snapshot {

namespace {
constexpr size_t kPageBytes = 4096;
}

Secret::Secret() {
  void* page = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
  if (page == MAP_FAILED) throw std::bad_alloc();
  page_ = static_cast<uint8_t*>(page);
  ::mlock(page, kPageBytes);
  ::madvise(page, kPageBytes, MADV_DONTDUMP);
}

Secret::~Secret() {
  if (page_ == nullptr) return;
  OPENSSL_cleanse(page_, kPageBytes);
  ::munmap(page_, kPageBytes);
}

}  // namespace larder::snapshot
