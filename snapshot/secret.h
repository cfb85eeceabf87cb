// 32 bytes of key material in memory that is locked, left out of core dumps, and wiped at the end.
//
// Threads: made and destroyed by one; read by any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace larder::snapshot {

class Secret {
 public:
  static constexpr size_t kBytes = 32;

  // All zero.  Throws std::bad_alloc if the system has no memory; where it does not allow memory to
  // be locked (RLIMIT_MEMLOCK), the secret is not locked.
  Secret();
  Secret(Secret&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~Secret();

  std::span<uint8_t, kBytes> bytes() noexcept { return std::span<uint8_t, kBytes>(page_, kBytes); }
  std::span<const uint8_t, kBytes> bytes() const noexcept {
    return std::span<const uint8_t, kBytes>(page_, kBytes);
  }

 private:
  uint8_t* page_;
};

}  // namespace larder::snapshot
