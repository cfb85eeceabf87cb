// Limits the process to little more address space than it has now, like ulimit -v or strict
// overcommit, until the guard is destroyed.
//
// Threads: the limit applies to the whole process; one guard at a time.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace larder::support {

class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(size_t bytes_left) {
    std::ifstream file("/proc/self/statm");
    size_t pages = 0;
    file >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) + bytes_left;
    is_set_ = pages != 0 && ::setrlimit(RLIMIT_AS, &limit) == 0;
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

  bool is_set() const noexcept { return is_set_; }

 private:
  rlimit before_{};
  bool is_set_ = false;
};

}  // namespace larder::support
