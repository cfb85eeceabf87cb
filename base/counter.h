// A counter with one writing thread and any number of readers.
//
// Relaxed loads and stores: an add costs what a plain add costs, with no lock prefix, and a reader
// may see a slightly older value but never a torn one.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder::base {

class OwnedCounter {
 public:
  // The owning thread only.
  void add(uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  // Any thread.  Counters that also go down are read as signed sums over all owners.
  uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace larder::base
