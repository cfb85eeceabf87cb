// The reading half of a turn: from sockets into the buffer that a group of connections shares.
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
  // Of one group; one connection needs up to the reserve.
  static constexpr size_t kBufferSize = 256 << 10;
  static constexpr size_t kBufferReserve = 24 << 10;

  explicit TurnInput(WorkerCounters& counters);

  // For another connection.
  bool has_room() const noexcept { return kBufferSize - used_ >= kBufferReserve; }
  // The group is done.
  void clear() noexcept { used_ = 0; }

  // Sets part.input.  False if there is nothing to parse.
  bool read(TurnPart& part, base::Time now);

  // When an upload has taken all of the input, and that was as much as is read at once: the rest of
  // the value is most likely there.  True if there is something to parse.
  bool read_on(TurnPart& part, base::Time now);

  // `rest`, which is part of the input, is what the connection's next input begins with.
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
