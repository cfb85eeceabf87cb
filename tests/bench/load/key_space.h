// The keys of a run and the value that belongs to each: both follow from the key's index alone,
// so that any reply can be checked without remembering what was written.
//
// Threads: constant after construction; any thread may read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assertions.h"

namespace larder::bench {

class KeySpace {
 public:
  // Precondition: `key_size` holds the digits of `key_count` - 1.
  KeySpace(uint64_t key_count, uint32_t key_size, uint32_t value_size);

  uint64_t key_count() const noexcept { return key_count_; }
  size_t key_size() const noexcept { return blank_key_.size(); }
  size_t value_size() const noexcept { return value_size_; }

  // "k000000004711": fixed width, so that every request of a workload has one size.
  void append_key(uint64_t index, std::string* bytes) const;

  // A window into one shared block, small enough to stay in the second-level cache: checking a
  // reply must not cost the generator a miss per value.  Valid as long as this object.
  std::string_view value(uint64_t index) const noexcept {
    DEBUG_ASSERT(index < key_count_);
    const uint64_t offset = (index * 0x9E3779B97F4A7C15u) >> (64 - kOffsetBits);
    return std::string_view(block_).substr(offset, value_size_);
  }

 private:
  static constexpr unsigned kOffsetBits = 16;

  uint64_t key_count_;
  size_t value_size_;
  std::string blank_key_;
  std::string block_;
};

}  // namespace larder::bench
