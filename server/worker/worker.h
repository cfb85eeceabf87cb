// One thread of the server: a loop, the connections it was given, and what serves them.
//
// Threads: built, started, stopped and joined by the control thread; what says "any thread" may be
// called from anywhere meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "server/admin/admin.h"
#include "server/admin/connection_list.h"
#include "server/command/executor.h"
#include "server/log/log.h"
#include "server/net/event_loop.h"
#include "server/net/inbox.h"
#include "server/net/tls_context.h"
#include "server/options/worker_options.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"
#include "server/worker/acceptor.h"
#include "server/worker/connection_set.h"
#include "server/worker/connection_timeouts.h"
#include "server/worker/datagrams.h"
#include "server/worker/turn.h"
#include "slab/store.h"

namespace larder::server {

class Worker {
 public:
  static constexpr uint32_t kDrainMilliseconds = 2000;
  // For so many connections served in a turn, one client may be accepted in the next.
  static constexpr size_t kServedPerAccept = 8;

  // All outlive the worker.
  struct Context {
    unsigned number;  // from 0; names the thread
    const WorkerOptions& options;
    ClockDriver& clock_driver;
    slab::Store& store;
    Admin& admin;
    const Authentication& authentication;
    Log& log;
    Watchers& watchers;  // stopped before the worker is
    AcceptGate& gate;
    Dispatcher& dispatcher;  // knows this worker by its number
    std::vector<Listener> listeners;
    std::vector<DatagramSocket> datagram_sockets;
    const TlsContext* tls = nullptr;   // null: no listener has clients that speak it
    WorkerInsight* insight = nullptr;  // null: nothing is estimated
  };

  explicit Worker(Context context);
  // Precondition: joined, or never started.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Begin to accept clients.  Any thread, once.
  void open() noexcept;
  // Finish the turn at hand, send what clients are owed for up to kDrainMilliseconds, close all
  // connections, end.  Any thread.
  void request_stop() noexcept;
  void join();

  // Any thread.
  Inbox& inbox() noexcept { return inbox_; }
  std::atomic<uint32_t>& connection_count() noexcept { return connections_.count(); }
  const WorkerCounters& counters() const noexcept { return counters_; }
  ConnectionList& connections() noexcept { return connections_.list(); }
  const Acceptor& acceptor() const noexcept { return acceptor_; }
  std::vector<int> datagram_descriptors() const { return datagrams_.descriptors(); }
  // When the loop ran its timer last, which it does every second unless something holds it up.
  int64_t ticked_at_us() const noexcept { return ticked_at_us_.load(std::memory_order_relaxed); }

 private:
  static void on_arrival(void* worker) noexcept;
  static void on_second(void* worker) noexcept;

  void run();
  void take_in();
  void serve();
  void drain();

  Context context_;
  ClockFollower clock_;
  WorkerCounters counters_;
  EventLoop loop_;
  Inbox inbox_;
  Acceptor acceptor_;
  std::atomic<bool> is_open_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<int64_t> ticked_at_us_{monotonic_microseconds()};
  bool has_begun_to_accept_ = false;
  Executor executor_;
  ConnectionSet connections_;
  ConnectionTimeouts timeouts_;
  Turn turn_;
  Datagrams datagrams_;
  InboxContents arrived_;
  std::thread thread_;
};

}  // namespace larder::server
