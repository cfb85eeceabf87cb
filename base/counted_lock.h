// Mutexes and atomics that are shared by many keys; tests can check which code paths use none.
//
// A build with LARDER_COUNTS_LOCKS counts each thread's operations on them.  In other builds they
// are aliases of std::mutex and std::atomic, and nothing is counted.
//
// Threads: any; counts are per thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace larder::base {

#if defined(LARDER_COUNTS_LOCKS)

struct LockCounts {
  uint64_t mutexes = 0;        // CountedMutexes acquired
  uint64_t bytes = 0;          // lock bytes acquired: see spin_lock.h
  uint64_t shared_writes = 0;  // stores to and read-modify-writes of CountedAtomics
};
inline constinit thread_local LockCounts lock_counts;

// Meets the Lockable requirements.
class CountedMutex {
 public:
  void lock() {
    mutex_.lock();
    ++lock_counts.mutexes;
  }
  bool try_lock() {
    if (!mutex_.try_lock()) return false;
    ++lock_counts.mutexes;
    return true;
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// The part of std::atomic that is used.  Loads are not counted, because a cache line that is only
// read can be in the caches of all cores.
template <class T>
class CountedAtomic : private std::atomic<T> {
  using Base = std::atomic<T>;

 public:
  using Base::Base;
  using Base::load;

  void store(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    ++lock_counts.shared_writes;
    Base::store(value, order);
  }
  T fetch_add(T amount, std::memory_order order = std::memory_order_seq_cst) noexcept {
    ++lock_counts.shared_writes;
    return Base::fetch_add(amount, order);
  }
  T fetch_sub(T amount, std::memory_order order = std::memory_order_seq_cst) noexcept {
    ++lock_counts.shared_writes;
    return Base::fetch_sub(amount, order);
  }
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order order = std::memory_order_seq_cst) noexcept {
    ++lock_counts.shared_writes;
    return Base::compare_exchange_weak(expected, desired, order);
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
    ++lock_counts.shared_writes;
    return Base::compare_exchange_strong(expected, desired, order);
  }
};

inline void count_lock_byte() noexcept { ++lock_counts.bytes; }

#else

using CountedMutex = std::mutex;
template <class T>
using CountedAtomic = std::atomic<T>;

inline void count_lock_byte() noexcept {}

#endif

}  // namespace larder::base
