// A store with every key in it, and a ThreadCache for each thread that will work on it.
//
// Threads: each uses the cache of its own number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slab/store.h"
#include "tests/bench/load/key_space.h"

namespace larder::bench {

inline constexpr uint32_t kThreadsMax = 2;

class FilledStore {
 public:
  explicit FilledStore(const KeySpace& keys);

  slab::Store& store() noexcept { return store_; }
  slab::ThreadCache& cache(size_t thread) noexcept { return *caches_[thread]; }
  // What is stored under each key, and is written once more by those that write.
  std::string_view value() const noexcept { return value_; }
  // False if the store had not the memory, which would make misses.
  bool is_full() const noexcept { return is_full_; }

  static constexpr base::Time kNow = 100;

 private:
  slab::Store store_;
  std::vector<slab::ThreadCache*> caches_;
  const std::string value_;
  bool is_full_ = false;
};

}  // namespace larder::bench
