// The periodic work of the control thread: logs rare events, applies live options to the store,
// continues a crawl, and maintains the store and the miss-ratio curve.
//
// Threads: created before the workers; run() on the control thread.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "server/admin/admin.h"
#include "server/insight/insight.h"
#include "server/log/log.h"
#include "server/log/log_tally.h"
#include "server/log/watch_writer.h"
#include "server/log/watchers.h"
#include "server/net/accept_gate.h"
#include "server/worker/worker.h"
#include "slab/store.h"

namespace larder::server {

class Maintenance {
 public:
  // All must outlive this object.
  struct Context {
    const base::Clock& clock;
    slab::Store& store;
    Admin& admin;
    Insight& insight;
    Log& log;
    Watchers& watchers;
    const AcceptGate& gate;
    const std::vector<std::unique_ptr<Worker>>& workers;
  };

  explicit Maintenance(const Context& context);
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  // Called ten times a second.  Must be short, because the clock does not tick meanwhile.
  void run();

 private:
  void tally_events();
  StoreLookups lookups() const;

  const Context context_;
  slab::ThreadCache& cache_;
  WatchWriter watch_writer_;
  LogTally log_tally_;
};

}  // namespace larder::server
