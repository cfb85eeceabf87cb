// The whole server: owns every part, and knows in which order they start and stop.
//
//   start: store, listeners, workers, files, threads           (start())
//   serve: workers accept, control on the calling thread      (run())
//   stop:  no more clients, workers finish and end, HTTP ends, then everything is destroyed, the
//          store last
//
// Threads: made, run and destroyed on the process's main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "server/admin/admin.h"
#include "server/auth/authentication.h"
#include "server/cluster/etcd_membership.h"
#include "server/control.h"
#include "server/http/http_server.h"
#include "server/insight/insight.h"
#include "server/log/log.h"
#include "server/log/log_tally.h"
#include "server/log/watch_writer.h"
#include "server/log/watchers.h"
#include "server/net/accept_gate.h"
#include "server/net/dispatcher.h"
#include "server/net/tls_context.h"
#include "server/options/options.h"
#include "server/options/usage_error.h"
#include "server/support/clock_driver.h"
#include "server/worker/worker.h"
#include "slab/store.h"

namespace larder::server {

// What the options ask of the store, with a fresh seed for its hashes.
slab::Options store_options(const Options& options);

// How many descriptors the server needs beside those of clients.
uint32_t descriptor_count_of(const Options& options);

class Server {
 public:
  // Everything up to running workers and listening sockets, which accept nobody yet.
  // There are to be descriptors for as many clients as the options allow.
  // `tls`: with -Z.
  static std::variant<std::unique_ptr<Server>, UsageError> start(
      const Options& options, std::unique_ptr<TlsContext> tls = nullptr);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Serves until a signal or the `shutdown` command; None if the loop itself failed.
  // Workers have ended when it returns, and so has HTTP, which says meanwhile that we are stopping.
  StopKind run();

  // Any thread, while run() runs or before.
  void request_stop(StopKind kind) noexcept { control_.request_stop(kind); }

  // Those of the first worker; the others' are at the same addresses.
  std::span<const Listener> listeners() const noexcept;
  // Empty without --http.
  std::span<const Listener> http_listeners() const noexcept;

 private:
  Server(const Options& options, const AcceptLimits& limits, std::unique_ptr<Log> log);

  std::optional<UsageError> listen();
  std::optional<UsageError> take_over(std::vector<Listener>& listeners);
  void make_workers(std::vector<std::vector<Listener>> listeners,
                    std::vector<DatagramAddress> datagram_addresses);
  void open_admin();
  std::optional<UsageError> listen_for_http();
  void start_http();
  void make_membership();
  void open_doors();
  void start_workers();
  void stop_workers();
  void maintain();
  void tally_events();
  StoreLookups lookups() const;
  void reload_files();

  const Options options_;
  const std::unique_ptr<Log> log_;  // outlives all who tell it something
  const StartMoment start_moment_;
  base::Clock clock_;
  ClockDriver clock_driver_;
  slab::Store store_;
  Watchers watchers_;                           // before the workers: outlives them
  slab::ThreadCache* control_cache_ = nullptr;  // the control thread's, for maintenance
  WatchWriter control_log_;                     // the same
  LogTally log_tally_;                          // the same
  Discovery discovery_;
  Admin admin_;
  Insight insight_;  // before the workers, who tell it
  std::unique_ptr<Authentication> authentication_;
  std::unique_ptr<TlsContext> tls_;  // null without -Z
  AcceptGate gate_;
  Dispatcher dispatcher_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Control control_;
  std::unique_ptr<EtcdMembership> membership_;  // null without --cluster
  std::unique_ptr<HttpServer> http_;  // null without --http; its pages look at all the others
};

}  // namespace larder::server
