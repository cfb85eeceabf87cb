// A temporary file, removed by the destructor.
//
// Threads: the owner's thread only.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/assertions.h"

namespace larder::support {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const int fd = ::mkstemp(path_.data());
    ASSERT(fd >= 0);
    ::close(fd);
    write(text);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::remove(path_.c_str()); }

  const std::string& path() const { return path_; }

  // Replaces the content.
  void write(std::string_view text) const {
    std::FILE* file = std::fopen(path_.c_str(), "w");
    ASSERT(file != nullptr);
    ASSERT(std::fwrite(text.data(), 1, text.size(), file) == text.size());
    ASSERT(std::fclose(file) == 0);
  }

 private:
  std::string path_ = "/tmp/larder-test-XXXXXX";
};

}  // namespace larder::support
