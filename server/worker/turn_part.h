// What a turn keeps of one connection while its group is served.
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
  std::string_view input;  // contiguous: what was left over and what was read now
  size_t parsed = 0;       // bytes of input that entries stand for
  size_t consumed = 0;     // if stopped: bytes of input that are done with
  uint32_t request_count = 0;
  size_t sent = 0;                                     // bytes
  int64_t ready_at = 0;                                // nanoseconds
  const CutRequest* resumed = nullptr;                 // what is executed now, if it was cut before
  std::array<uint32_t, kCommandKindCount> executed{};  // and their time not yet noted
  bool has_answered = false;                           // a request of it was executed in this turn
  bool begins_with_request = false;  // the input does; known if slow requests are logged
  bool may_read_on = false;          // what was read is as much as a read may be
  bool is_stopped = false;           // nothing more is executed: it blocks, closes or yields

  void stop(size_t consumed_size) noexcept {
    is_stopped = true;
    consumed = consumed_size;
  }
  // The rest of the input is dropped.
  void stop_for_good() noexcept { stop(input.size()); }
  std::string_view rest() const { return input.substr(parsed); }
};

}  // namespace larder::server
