// Requests in UDP datagrams, each answered by itself: there is no connection and so no state
// between them.
//
// A request datagram begins with eight bytes: the client's number for it, a sequence number, the
// number of datagrams it consists of, which must be 1, and two bytes of no meaning.  An answer is
// as many datagrams of up to kDatagramSizeMax bytes as it takes, numbered from 0 and bearing the
// request's number.  What is not a whole request is dropped without a word, as is an answer that is
// too long or that the socket does not take at once: clients have to ask again anyway.
//
// Source: memcached's protocol.txt, "UDP protocol".  Upstream numbers the parts of an answer to
// several requests or keys separately; Larder follows the text.
//
// Threads: one worker's.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "protocol/parse.h"
#include "server/command/executor.h"
#include "server/net/client.h"
#include "server/net/datagram_sockets.h"
#include "server/net/event_loop.h"
#include "server/net/outbox.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"

namespace larder::server {

inline constexpr size_t kDatagramHeaderSize = 8;
inline constexpr size_t kDatagramSizeMax = 1400;  // of an answer, its header included

class Datagrams {
 public:
  // References outlive this object.  With `access` of a stranger nothing is ever answered: there
  // is no way to log in.
  Datagrams(Executor& executor, ClockFollower& clock, WorkerCounters& counters,
            protocol::Access access, std::vector<DatagramSocket> sockets);

  void start(EventLoop& loop) noexcept;
  void stop() noexcept;

  // Any thread: they do not change.
  std::vector<int> descriptors() const;

 private:
  // Of one socket, before others come first.
  static constexpr int kReceivedPerTurnMax = 64;
  static constexpr size_t kBytesPerTurnMax = 128 << 10;

  struct Door {
    Datagrams* datagrams;
    DatagramSocket socket;
    EventLoop::Watch watch;
  };

  static void on_readable(void* door) noexcept;
  bool receive(const DatagramSocket& socket, size_t* total);
  void serve(std::string_view input, WireProtocol protocol);
  bool serve_one(bool is_binary, std::string_view* input);
  void answer(int fd, const char* request_header, const msghdr& to);

  Executor& executor_;
  ClockFollower& clock_;
  WorkerCounters& counters_;
  const protocol::Access access_;
  Client sender_;  // of the datagram at hand
  std::unique_ptr<char[]> buffer_;
  Outbox out_;
  std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace larder::server
