// Requests in UDP datagrams.  There is no connection, so no state is kept between them.
//
// A request datagram begins with eight bytes: the client's request number, a sequence number, the
// number of datagrams in the request, which must be 1, and two reserved bytes.  A reply consists of
// as many datagrams of up to kDatagramSizeMax bytes as needed, numbered from 0, with the number of
// the request.  Incomplete requests are dropped silently.  So are replies that are too long or that
// the socket does not accept at once, because UDP clients have to repeat requests anyway.
//
// Source: memcached's protocol.txt, "UDP protocol".  Upstream numbers the parts of a reply to
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
inline constexpr size_t kDatagramSizeMax = 1400;  // of a reply, including its header

class Datagrams {
 public:
  // References must outlive this object.  If `access` is Stranger, no request is executed, because
  // there is no login over UDP.
  Datagrams(Executor& executor, ClockFollower& clock, WorkerCounters& counters,
            protocol::Access access, std::vector<DatagramSocket> sockets);

  void start(EventLoop& loop) noexcept;
  void stop() noexcept;

  // Any thread: they do not change.
  std::vector<int> descriptors() const;

 private:
  // The number of datagrams received from one socket before other clients are served.
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
  Client sender_;  // of the current datagram
  std::unique_ptr<char[]> buffer_;
  Outbox out_;
  std::vector<std::unique_ptr<Door>> doors_;
};

}  // namespace larder::server
