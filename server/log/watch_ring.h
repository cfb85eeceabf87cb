// A byte ring that carries records from one thread to the logger thread.  Records that do not fit
// are dropped and counted.
//
//   | WatchRecord (48) | text | WatchRecord | text | ...    may wrap anywhere, even in a record
//
// Threads: one writes and one reads, and neither waits for the other.  open() happens before both;
// its caller must publish that to the writer.  Counters may be read from any thread.
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
  // Room for a few records.
  static constexpr size_t kCapacityMin = 4096;

  WatchRing() = default;
  WatchRing(const WatchRing&) = delete;
  WatchRing& operator=(const WatchRing&) = delete;

  // Allocates the memory; returns true if the ring has memory, also from an earlier call.
  bool open(size_t capacity);

  // Writer thread.  Returns false if there is no room.  Sets the record's text_size.
  bool push(WatchRecord record, std::string_view text) noexcept;

  // Reader thread.  Returns false if the ring is empty.  `text` has room for kLogTextSizeMax bytes.
  bool pop(WatchRecord* record, char* text) noexcept;

  uint64_t written() const noexcept { return written_.get(); }
  uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  void copy_in(uint64_t position, const void* bytes, size_t size) noexcept;
  void copy_out(uint64_t position, void* bytes, size_t size) const noexcept;

  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;

  // Positions only increase; the offset of a byte is its position modulo the capacity.
  alignas(64) std::atomic<uint64_t> end_{0};  // everything before it has been written
  uint64_t begin_seen_ = 0;                   // the writer's last read of begin_
  base::OwnedCounter written_;
  base::OwnedCounter dropped_;
  alignas(64) std::atomic<uint64_t> begin_{0};  // everything before it has been read
};

}  // namespace larder::server
