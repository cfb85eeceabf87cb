// What a copy has copied, in a file, so that a run that was interrupted can be continued.
//
// The file has a header of 4096 bytes and a hash table of the keys' hashes, 8 bytes a slot.  It is
// mapped into memory, so its pages belong to the page cache, and what an ended process had marked
// is there for the next.  A key is marked once the target has answered.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace larder::ctl {

class CopyState {
 public:
  // Opens the file, or creates one with room for `items_expected`.  Fails if it is in use, or if
  // it is of another copy: `name` says from where to where.
  static base::Result<CopyState> open(const std::string& path, const std::string& name,
                                      uint64_t items_expected);

  CopyState(CopyState&& other) noexcept;
  CopyState& operator=(CopyState&& other) noexcept;
  ~CopyState();

  // Never 0.  Keys with equal hashes are taken for the same: 1 in 10^5 runs of 10 million items
  // has two.
  static uint64_t mark_of(std::string_view key) noexcept;

  bool has(uint64_t mark) const noexcept;
  // Grows the file when it is two thirds full.
  base::Outcome add(uint64_t mark);

  uint64_t count() const noexcept { return slots_ == nullptr ? 0 : head()->count; }

 private:
  struct Head {
    char magic[8];
    uint64_t capacity;  // a power of two
    uint64_t count;
    uint64_t name_size;
  };

  CopyState() = default;
  base::Outcome create(uint64_t capacity, std::string_view name);
  base::Outcome map_existing(const std::string& name);
  base::Outcome map(uint64_t capacity);
  base::Outcome grow();
  void unmap() noexcept;
  void insert(uint64_t mark) noexcept;
  Head* head() const noexcept { return static_cast<Head*>(memory_); }
  std::string_view name() const noexcept;

  std::string path_;
  base::UniqueFd fd_;
  void* memory_ = nullptr;
  size_t bytes_ = 0;
  uint64_t* slots_ = nullptr;
};

}  // namespace larder::ctl
