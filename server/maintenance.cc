#include "server/maintenance.h"

#include "server/admin/stats_snapshot.h"
#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

// Store maintenance steps per call; the rest waits for the next call, a tenth of a second later, so
// that the control thread stays responsive.
constexpr int kStepsMax = 16;

}  // namespace

Maintenance::Maintenance(const Context& context)
    : context_(context),
      cache_(context_.store.make_thread_cache()),
      watch_writer_(context_.watchers, context_.store.shown_classes()),
      log_tally_(context_.log, context_.store.shown_classes()) {}

void Maintenance::tally_events() {
  LogTally::Figures figures{.accepting_pauses = context_.gate.pause_count(),
                            .dropped_lines = context_.log.totals().dropped};
  for (const auto& worker : context_.workers) {
    const WorkerCounters& counters = worker->counters();
    figures.refused_connections += worker->acceptor().counters().rejected_connections.get();
    figures.writes_without_memory += counters.store_no_memory.get();
    figures.tls_failures +=
        counters.tls_handshake_errors.get() + counters.tls_protocol_errors.get();
  }
  log_tally_.look(figures, monotonic_microseconds());
}

StoreLookups Maintenance::lookups() const {
  StoreLookups lookups;
  for (const auto& worker : context_.workers) {
    const WorkerFigures figures = figures_of(worker->counters(), 0);
    lookups.hits += figures.lookup_hits;
    lookups.misses += figures.lookup_misses;
  }
  return lookups;
}

void Maintenance::run() {
  watch_writer_.begin_turn();
  cache_.observer = log_tally_.observer(watch_writer_.observer());
  tally_events();
  context_.admin.maintain(cache_, context_.clock.now());  // also applies live options to the store
  if (context_.insight.estimates_curve()) {
    context_.insight.maintain(context_.clock.now(), lookups());
  }
  for (int step = 0; step < kStepsMax; ++step) {
    if (!context_.store.maintain(cache_, context_.clock.now())) break;
  }
}

}  // namespace larder::server
