// The keys sampled by the miss-ratio curve, in a table of fixed size by hash.
//
// Threads: guarded by the owner's lock.
#pragma once

#include <cstdint>
#include <vector>

#include "server/insight/sampled_key.h"

namespace larder::server {

class SampleTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // `size` is the capacity.  Precondition: it is a power of two.
  explicit SampleTable(uint32_t size);
  SampleTable(const SampleTable&) = delete;
  SampleTable& operator=(const SampleTable&) = delete;

  // By number, including those that are not in the table.
  std::vector<SampledKey>& keys() noexcept { return keys_; }
  // Keys that no cache knows any longer are appended to it; see sweep_forgotten().
  std::vector<uint32_t>& forgotten() noexcept { return forgotten_; }
  SampledKey& operator[](uint32_t key) noexcept { return keys_[key]; }

  uint32_t size() const noexcept { return static_cast<uint32_t>(keys_.size()); }
  uint32_t count() const noexcept { return count_; }  // in the table

  // Returns the number of the key, or kNone if it is not in the table.
  uint32_t find(uint64_t hash) const noexcept;
  // Returns kNone if the table is full.  Precondition: the key is not in the table.
  uint32_t add(uint64_t hash);
  // Removes forgotten keys, except those that a cache knows again.
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
