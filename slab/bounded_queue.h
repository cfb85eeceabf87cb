// A queue of fixed size for several writers and several readers that neither locks nor allocates
// (Dmitry Vyukov's bounded MPMC queue, 1024cores.net, 2010).  Each cell has a sequence number that
// says whose turn it is: a writer's, a reader's, or the next lap's.
//
// Threads: any, but for the constructor.  A pop() may find nothing while an older push() has not
// returned yet.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace larder::slab {

template <class T>
class BoundedQueue {
 public:
  // Room for `capacity` values, rounded up to a power of two.
  explicit BoundedQueue(size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), cells_(std::make_unique<Cell[]>(mask_ + 1)) {
    for (size_t i = 0; i <= mask_; ++i) cells_[i].sequence.store(i, std::memory_order_relaxed);
  }

  // False: the queue is full.
  bool push(T value) noexcept {
    size_t position = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[position & mask_];
      const size_t sequence = cell.sequence.load(std::memory_order_acquire);
      if (sequence == position) {
        if (!tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          continue;
        }
        cell.value = value;
        cell.sequence.store(position + 1, std::memory_order_release);
        return true;
      }
      if (sequence < position) return false;
      position = tail_.load(std::memory_order_relaxed);
    }
  }

  // False: the queue is empty.
  bool pop(T* value) noexcept {
    size_t position = head_.load(std::memory_order_relaxed);
    for (;;) {
      Cell& cell = cells_[position & mask_];
      const size_t sequence = cell.sequence.load(std::memory_order_acquire);
      if (sequence == position + 1) {
        if (!head_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          continue;
        }
        *value = cell.value;
        cell.sequence.store(position + mask_ + 1, std::memory_order_release);
        return true;
      }
      if (sequence < position + 1) return false;
      position = head_.load(std::memory_order_relaxed);
    }
  }

  size_t capacity() const noexcept { return mask_ + 1; }

 private:
  struct Cell {
    std::atomic<size_t> sequence;
    T value;
  };

  const size_t mask_;
  const std::unique_ptr<Cell[]> cells_;
  alignas(64) std::atomic<size_t> tail_{0};
  alignas(64) std::atomic<size_t> head_{0};
};

}  // namespace larder::slab
