// The state of one connection while a turn serves its group.
//
// Threads: one owner, the worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/support/latency.h"
#include "server/worker/connection.h"

namespace larder::server {

struct TurnPart {
  Connection* connection;
  std::string_view input;  // contiguous: the rest from earlier and the bytes just read
  size_t parsed = 0;       // bytes of input covered by entries
  size_t consumed = 0;     // if stopped: bytes of input that are finished
  uint32_t request_count = 0;
  size_t sent = 0;       // in bytes
  int64_t ready_at = 0;  // in nanoseconds
  // The request that is being continued, if it was cut before.
  const CutRequest* resumed = nullptr;
  std::array<uint32_t, kCommandKindCount> executed{};  // requests whose latency is not recorded yet
  bool has_answered = false;                           // a request of it was executed in this turn
  // Whether the input does; known only if slow requests are logged.
  bool begins_with_request = false;
  bool may_read_on = false;  // the last read had the maximum size
  bool is_stopped = false;   // nothing more is executed: it is blocked, closes or yields

  void stop(size_t consumed_size) noexcept {
    is_stopped = true;
    consumed = consumed_size;
  }
  // Discards the rest of the input.
  void stop_for_good() noexcept { stop(input.size()); }
  std::string_view rest() const { return input.substr(parsed); }
};

}  // namespace larder::server
