// The server: owns all parts and defines the order in which they start and stop.
//
//   start: store, listeners, workers, files, threads           (start())
//   serve: workers accept, control on the calling thread      (run())
//   stop:  no new connections, workers finish and end, HTTP ends, then everything is destroyed, the
//          store last
//
// Threads: created, run and destroyed on the main thread.
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
#include "server/log/watchers.h"
#include "server/maintenance.h"
#include "server/net/accept_gate.h"
#include "server/net/dispatcher.h"
#include "server/net/tls_context.h"
#include "server/options/options.h"
#include "server/options/usage_error.h"
#include "server/support/clock_driver.h"
#include "server/worker/worker.h"
#include "slab/store.h"

namespace larder::server {

// The store's options, with a random hash seed.
slab::Options store_options(const Options& options);

// How many file descriptors the server needs in addition to those of clients.
uint32_t descriptor_count_of(const Options& options);

class Server {
 public:
  // Starts the workers and binds the listening sockets, which do not accept connections yet.
  // The descriptor limit must allow options.connection_count_max clients.
  // `tls` is given with -Z.
  static std::variant<std::unique_ptr<Server>, UsageError> start(
      const Options& options, std::unique_ptr<TlsContext> tls = nullptr);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Serves until a signal or the `shutdown` command; returns None if the event loop failed.
  // When it returns, workers and HTTP have stopped; until then HTTP reports that the server stops.
  StopKind run();

  // As set by the command `verbosity` or by -v.
  uint32_t verbosity() const noexcept { return admin_.verbosity(); }

  // Any thread, before or during run().
  void request_stop(StopKind kind) noexcept { control_.request_stop(kind); }

  // The listeners of the first worker; those of the others have the same addresses.
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
  void reload_files();

  const Options options_;
  const std::unique_ptr<Log> log_;  // first: outlives all its users
  const StartMoment start_moment_;
  base::Clock clock_;
  ClockDriver clock_driver_;
  slab::Store store_;
  Watchers watchers_;  // before the workers: outlives them
  Discovery discovery_;
  Admin admin_;
  Insight insight_;  // before the workers, which report to it
  std::unique_ptr<Authentication> authentication_;
  std::unique_ptr<TlsContext> tls_;  // null without -Z
  AcceptGate gate_;
  Dispatcher dispatcher_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Maintenance> maintenance_;
  Control control_;
  std::unique_ptr<EtcdMembership> membership_;  // null without --cluster
  std::unique_ptr<HttpServer> http_;  // null without --http; last: its pages read the other parts
};

}  // namespace larder::server
