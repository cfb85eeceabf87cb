// Requests that were parsed and wait to be executed together, so that the cache misses of their
// lookups overlap.
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
  std::string_view value;  // with its terminator, or what stands there
  uint64_t hash = 0;
  size_t input_end = 0;  // offset in the part's input behind the request
  uint32_t part = 0;
  uint32_t head_size = 0;  // bytes of the request before its value; 0: not of this input
  bool has_key = false;
  bool is_refused = false;  // the complaint and `closes` stand instead of the command
  protocol::Complaint complaint = protocol::Complaint::None;  // instead of the command
  bool closes = false;                                        // after the complaint
};

class TurnBatch {
 public:
  static constexpr size_t kSizeMax = 32;

  TurnBatch() : entries_(kSizeMax + 1) {}

  // To be filled in by whoever parses; add() makes it one of the batch, and another one spare.
  TurnEntry& spare() noexcept { return entries_[count_]; }
  // `input_end`: where the request ends in the part's input.
  void add(uint32_t part, size_t input_end) noexcept {
    spare().part = part;
    spare().input_end = input_end;
    ++count_;
  }
  bool is_full() const noexcept { return count_ == kSizeMax; }

  // All of them.  They are good until the next add().
  std::span<TurnEntry> take() noexcept { return {entries_.data(), std::exchange(count_, 0)}; }

 private:
  std::vector<TurnEntry> entries_;  // reused
  size_t count_ = 0;
};

}  // namespace larder::server
