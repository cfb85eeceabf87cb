// The keys that the miss-ratio curve samples: a table of fixed size, by hash.
//
// Threads: one owner, or a lock of it.
#pragma once

#include <cstdint>
#include <vector>

#include "server/insight/sampled_key.h"

namespace larder::server {

class SampleTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Precondition: `size`, the number of keys there is room for, is a power of two.
  explicit SampleTable(uint32_t size);
  SampleTable(const SampleTable&) = delete;
  SampleTable& operator=(const SampleTable&) = delete;

  // By number; also those that are not in the table.
  std::vector<SampledKey>& keys() noexcept { return keys_; }
  // Keys that no cache knows any more are appended; see sweep_forgotten().
  std::vector<uint32_t>& forgotten() noexcept { return forgotten_; }
  SampledKey& operator[](uint32_t key) noexcept { return keys_[key]; }

  uint32_t size() const noexcept { return static_cast<uint32_t>(keys_.size()); }
  uint32_t count() const noexcept { return count_; }  // in the table

  // The number of the key, kNone if it is not in the table.
  uint32_t find(uint64_t hash) const noexcept;
  // Precondition: it is not in the table.  kNone if there is no room.
  uint32_t add(uint64_t hash);
  // Removes the forgotten ones, unless a cache knows them again.
  void sweep_forgotten();

 private:
  uint32_t& first_of(uint64_t hash) noexcept { return first_by_hash_[hash & (size() - 1)]; }

  std::vector<SampledKey> keys_;
  std::vector<uint32_t> forgotten_;
  std::vector<uint32_t> first_by_hash_;
  uint32_t free_ = kNone;  // linked by `next`
  uint32_t count_ = 0;
};

}  // namespace larder::server
