// Lets fuzzers check which bytes a parser reads and refers to.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

#include "base/assertions.h"

namespace larder::support {

// A copy of bytes without spare capacity, so that the address sanitizer detects reads past its end.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes) : size_(bytes.size()), data_(new char[size_]) {
    if (size_ != 0) std::memcpy(data_.get(), bytes.data(), size_);
  }
  std::string_view bytes() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> data_;
};

inline void check_inside(std::string_view view, std::string_view whole) {
  ASSERT(view.data() >= whole.data());
  ASSERT(view.data() + view.size() <= whole.data() + whole.size());
}

}  // namespace larder::support
