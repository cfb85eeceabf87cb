// The reading half of a turn: reads from sockets into a buffer that a group of connections shares.
//
// Threads: one owner, the worker.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "server/support/worker_counters.h"
#include "server/worker/turn_part.h"

namespace larder::server {

class TurnInput {
 public:
  // For a whole group; one connection needs up to kBufferReserve.
  static constexpr size_t kBufferSize = 256 << 10;
  static constexpr size_t kBufferReserve = 24 << 10;

  explicit TurnInput(WorkerCounters& counters);

  // Whether another connection can be read.
  bool has_room() const noexcept { return kBufferSize - used_ >= kBufferReserve; }
  // Called when the group has been served.
  void clear() noexcept { used_ = 0; }

  // Sets part.input.  False if there is nothing to parse.
  bool read(TurnPart& part, base::Time now);

  // Reads again after an upload has used all input and the last read was of the maximum size,
  // because more of the value has probably arrived.  True if there is something to parse.
  bool read_on(TurnPart& part, base::Time now);

  // Keeps `rest`, a part of the input, as the beginning of the connection's next input.
  void keep(Connection& connection, std::string_view rest);

 private:
  void read_into_tail(Connection& connection);
  bool read_into_upload(Connection& connection, std::span<char> behind, size_t* behind_size,
                        base::Time now);
  bool check_read(Connection& connection, ssize_t size);

  WorkerCounters& counters_;
  std::unique_ptr<char[]> buffer_;
  size_t used_ = 0;
};

}  // namespace larder::server
