// A counter with one writing thread and any number of readers.
//
// Uses relaxed loads and stores: adding costs as much as on a plain integer, without a lock prefix.
// A reader may see a slightly stale value but never a torn one.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder::base {

class OwnedCounter {
 public:
  // Owner thread only.
  void add(uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  // Any thread.  For counters that also decrease, read the signed sum over all owners.
  uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace larder::base
