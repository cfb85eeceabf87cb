// One-byte spin locks for critical sections of tens of nanoseconds.
//
// Threads: any.  Not recursive, no owner, not fair.  After kSpinsBeforeYield polls a waiter yields
// its time slice, so that a preempted holder can run on a busy machine.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "base/counted_lock.h"

namespace larder::base {

inline constexpr int kSpinsBeforeYield = 128;

inline void pause_for_spin() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Locks a byte that is part of another structure, such as a bucket: 0 is free, 1 is held.
inline void lock_byte(std::atomic<uint8_t>& byte) noexcept {
  int spins = 0;
  while (byte.exchange(1, std::memory_order_acquire) != 0) {
    do {
      if (++spins < kSpinsBeforeYield) {
        pause_for_spin();
      } else {
        ::sched_yield();
      }
    } while (byte.load(std::memory_order_relaxed) != 0);
  }
  count_lock_byte();
}

inline bool try_lock_byte(std::atomic<uint8_t>& byte) noexcept {
  const bool is_taken =
      byte.load(std::memory_order_relaxed) != 0 || byte.exchange(1, std::memory_order_acquire) != 0;
  if (!is_taken) count_lock_byte();
  return !is_taken;
}

inline void unlock_byte(std::atomic<uint8_t>& byte) noexcept {
  byte.store(0, std::memory_order_release);
}

// The same as a class for std::lock_guard and std::unique_lock.
class SpinLock {
 public:
  void lock() noexcept { lock_byte(byte_); }
  bool try_lock() noexcept { return try_lock_byte(byte_); }
  void unlock() noexcept { unlock_byte(byte_); }

 private:
  std::atomic<uint8_t> byte_{0};
};

}  // namespace larder::base
