// The connections of one worker: opens them on accepted sockets, closes them, and collects those
// that are ready for the next turn.
//
// Threads: the worker's; count() and list() may be used by any.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "server/admin/connection_list.h"
#include "server/auth/authentication.h"
#include "server/log/watch_writer.h"
#include "server/net/accept_gate.h"
#include "server/net/event_loop.h"
#include "server/net/inbox.h"
#include "server/net/tls_context.h"
#include "server/support/worker_counters.h"
#include "server/worker/connection.h"

namespace larder::server {

class ConnectionSet {
 public:
  // All must outlive the set.
  struct Context {
    EventLoop& loop;
    WorkerCounters& counters;
    WatchWriter& watch_writer;
    const Authentication& authentication;
    AcceptGate& gate;
    const TlsContext* tls;  // null if no listener uses TLS
  };

  explicit ConnectionSet(const Context& context) noexcept : context_(context) {}
  ConnectionSet(const ConnectionSet&) = delete;
  ConnectionSet& operator=(const ConnectionSet&) = delete;

  // Precondition: the client is counted by the gate and in count().
  void open(AcceptedSocket socket, base::Time now);
  // Precondition: it is not queued.
  void close(Connection& connection);
  void close_all();

  // Queues it for the next turn, unless it is queued already.
  void enqueue(Connection& connection) {
    if (std::exchange(connection.is_queued, true)) return;
    ready_.push_back(&connection);
  }
  bool has_ready() const noexcept { return !ready_.empty(); }
  // Empties the queue and returns what was in it; valid until the next call.
  std::span<Connection* const> take_ready() noexcept;
  void forget_ready() noexcept;

  ConnectionInfo* first() const noexcept { return list_.first(); }
  bool is_empty() const noexcept { return first() == nullptr; }
  ConnectionList& list() noexcept { return list_; }
  // Includes sockets that the dispatcher has assigned to this worker.
  std::atomic<uint32_t>& count() noexcept { return count_; }

 private:
  static void on_ready(void* connection) noexcept;

  const Context context_;
  ConnectionList list_;
  std::atomic<uint32_t> count_{0};
  std::vector<Connection*> ready_;
  std::vector<Connection*> taken_;
};

}  // namespace larder::server
