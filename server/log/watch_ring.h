// Records on their way from one thread to the logger: bytes in a ring, which loses what it has no
// room for and counts it.
//
//   | WatchRecord (48) | text | WatchRecord | text | ...    wrapping anywhere, also inside a record
//
// Threads: one writes, one reads, neither waits for the other.  open() comes before both, and
// whoever calls it publishes that to the writer; counters may be read by any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/counter.h"
#include "server/log/watch_record.h"

namespace larder::server {

class WatchRing {
 public:
  // Less makes no sense: a few records.
  static constexpr size_t kCapacityMin = 4096;

  WatchRing() = default;
  WatchRing(const WatchRing&) = delete;
  WatchRing& operator=(const WatchRing&) = delete;

  // Gets the memory; true if it has it, also from before.
  bool open(size_t capacity);

  // The writer.  False if there is no room.  Sets the record's text_size.
  bool push(WatchRecord record, std::string_view text) noexcept;

  // The reader.  False if there is nothing.  `text` has room for kLogTextSizeMax bytes.
  bool pop(WatchRecord* record, char* text) noexcept;

  uint64_t written() const noexcept { return written_.get(); }
  uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  void copy_in(uint64_t position, const void* bytes, size_t size) noexcept;
  void copy_out(uint64_t position, void* bytes, size_t size) const noexcept;

  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;

  // Positions only rise; a byte's place is its position modulo the capacity.
  alignas(64) std::atomic<uint64_t> end_{0};  // what is behind it has been written
  uint64_t begin_seen_ = 0;                   // the writer's last look at begin_
  base::OwnedCounter written_;
  base::OwnedCounter dropped_;
  alignas(64) std::atomic<uint64_t> begin_{0};  // what is before it has been read
};

}  // namespace larder::server
