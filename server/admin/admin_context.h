// The parts of the server that Admin reads and changes.
//
// Threads: const after Admin::open().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/admin/connection_list.h"
#include "server/admin/stats_totals.h"
#include "server/cluster/discovery.h"
#include "server/cluster/etcd_membership.h"
#include "server/insight/insight.h"
#include "server/log/log.h"
#include "server/log/watchers.h"
#include "server/net/tls_context.h"
#include "server/support/clock_driver.h"
#include "server/support/worker_counters.h"
#include "slab/store.h"

namespace larder::server {

struct Options;

// What a socket that clients come to shows in `stats conns`: where it is, as the system says.
struct ListeningSocket {
  int fd;
  bool is_datagram = false;
};

// Any lower class id may be named, as upstream's largest table allows, whether it exists or not.
constexpr uint32_t kClassIdsUpstream = 64;

struct AdminContext {
  const Options& options;
  const base::Clock& clock;
  ClockDriver& clock_driver;
  slab::Store& store;
  Log& log;
  Discovery& discovery;
  std::vector<const WorkerCounters*> workers;
  std::vector<ConnectionList*> connections;  // one per worker
  std::function<AcceptTotals()> accept_totals;
  std::function<WatchTotals()> log_totals;
  std::function<std::vector<ListeningSocket>()> listening_sockets;
  std::function<void(bool is_graceful)> request_stop;
  std::function<void()> request_drain;
  std::function<base::Outcome()> reload_files;
  std::string event_library_version;           // "2.1.12-stable"
  TlsContext* tls = nullptr;                   // null without -Z
  Insight* insight = nullptr;                  // null: as if nothing were estimated
  const EtcdMembership* membership = nullptr;  // null without --cluster
};

}  // namespace larder::server
