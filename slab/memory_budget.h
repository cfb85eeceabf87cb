// The memory limit and the memory in use, for pages and index together.
//
// Threads: any.  Accessed once per page or per few kilobytes of index, never per operation.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/counted_lock.h"

namespace larder::slab {

class MemoryBudget {
 public:
  explicit MemoryBudget(size_t limit) noexcept : limit_(limit) {}

  // Takes `size` bytes if they fit under the limit.
  [[nodiscard]] bool try_take(size_t size) noexcept {
    size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (used + size > limit_.load(std::memory_order_relaxed)) return false;
    } while (!used_.compare_exchange_weak(used, used + size, std::memory_order_relaxed));
    return true;
  }
  // Takes `size` bytes even if they exceed the limit, for allocations that cannot be refused.
  void take(size_t size) noexcept { used_.fetch_add(size, std::memory_order_relaxed); }
  void give_back(size_t size) noexcept { used_.fetch_sub(size, std::memory_order_relaxed); }

  size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  void set_limit(size_t limit) noexcept { limit_.store(limit, std::memory_order_relaxed); }
  size_t left() const noexcept {
    const size_t used = used_.load(std::memory_order_relaxed);
    const size_t limit = limit_.load(std::memory_order_relaxed);
    return limit > used ? limit - used : 0;
  }
  bool is_exceeded() const noexcept { return used() > limit(); }

 private:
  base::CountedAtomic<size_t> used_{0};
  base::CountedAtomic<size_t> limit_;
};

}  // namespace larder::slab
