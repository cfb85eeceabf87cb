// Parsed requests that are executed together, so that the cache misses of their lookups overlap.
//
// Threads: one owner, the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/complaint.h"
#include "protocol/request.h"

namespace larder::server {

struct TurnEntry {
  protocol::Request request;
  std::string_view value;  // with its terminator, or the bytes in place of that
  uint64_t hash = 0;
  size_t input_end = 0;  // offset of the request's end in the part's input
  uint32_t part = 0;
  uint32_t head_size = 0;  // size of the request before its value; 0: not in this input
  bool has_key = false;
  bool is_refused = false;  // use `complaint` and `closes` instead of the command
  // Sent instead of executing the command.
  protocol::Complaint complaint = protocol::Complaint::None;
  // Whether to close after the complaint.
  bool closes = false;
};

class TurnBatch {
 public:
  static constexpr size_t kSizeMax = 32;

  TurnBatch() : entries_(kSizeMax + 1) {}

  // The entry for the parser to fill in; add() adds it to the batch and provides another one.
  TurnEntry& spare() noexcept { return entries_[count_]; }
  // `input_end`: the offset of the request's end in the part's input.
  void add(uint32_t part, size_t input_end) noexcept {
    spare().part = part;
    spare().input_end = input_end;
    ++count_;
  }
  bool is_full() const noexcept { return count_ == kSizeMax; }

  // Returns and removes all entries.  They are valid until the next add().
  std::span<TurnEntry> take() noexcept { return {entries_.data(), std::exchange(count_, 0)}; }

 private:
  std::vector<TurnEntry> entries_;  // reused
  size_t count_ = 0;
};

}  // namespace larder::server
