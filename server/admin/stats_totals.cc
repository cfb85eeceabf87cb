#include "server/admin/stats_totals.h"

#include <cstddef>

namespace larder::server {
namespace {

template <class Totals, class Counters>
struct Summed {
  uint64_t Totals::*total;
  base::OwnedCounter Counters::*counter;
};

constexpr Summed<ClassTotals, ClassTraffic> kTraffic[] = {
    {&ClassTotals::get_hits, &ClassTraffic::get_hits},
    {&ClassTotals::sets, &ClassTraffic::sets},
    {&ClassTotals::touch_hits, &ClassTraffic::touch_hits},
    {&ClassTotals::delete_hits, &ClassTraffic::delete_hits},
    {&ClassTotals::incr_hits, &ClassTraffic::incr_hits},
    {&ClassTotals::decr_hits, &ClassTraffic::decr_hits},
    {&ClassTotals::cas_hits, &ClassTraffic::cas_hits},
    {&ClassTotals::cas_bad_values, &ClassTraffic::cas_bad_values},
};
static_assert(sizeof(ClassTraffic) == std::size(kTraffic) * sizeof(base::OwnedCounter));

constexpr Summed<ClassTotals, ClassRareTraffic> kRareTraffic[] = {
    {&ClassTotals::created_gets, &ClassRareTraffic::created_gets},
    {&ClassTotals::touching_gets, &ClassRareTraffic::touching_gets},
    {&ClassTotals::created_touched, &ClassRareTraffic::created_touched},
    {&ClassTotals::cas_misses, &ClassRareTraffic::cas_misses},
    {&ClassTotals::cas_sets, &ClassRareTraffic::cas_sets},
};
static_assert(sizeof(ClassRareTraffic) == std::size(kRareTraffic) * sizeof(base::OwnedCounter));

constexpr Summed<ClassTotals, slab::ClassCounters> kStoreEvents[] = {
    {&ClassTotals::evicted, &slab::ClassCounters::evicted},
    {&ClassTotals::evicted_unfetched, &slab::ClassCounters::evicted_unfetched},
    {&ClassTotals::evicted_nonzero, &slab::ClassCounters::evicted_nonzero},
    {&ClassTotals::reclaimed, &slab::ClassCounters::reclaimed},
    {&ClassTotals::pages_moved, &slab::ClassCounters::pages_moved},
    {&ClassTotals::expired_unfetched, &slab::ClassCounters::expired_unfetched},
    {&ClassTotals::crawler_reclaimed, &slab::ClassCounters::crawler_reclaimed},
    {&ClassTotals::crawler_items_checked, &slab::ClassCounters::crawler_items_checked},
    {&ClassTotals::out_of_memory, &slab::ClassCounters::out_of_memory},
    {&ClassTotals::direct_reclaims, &slab::ClassCounters::direct_reclaims},
};
static_assert(sizeof(ClassTotals) ==
              (std::size(kTraffic) + std::size(kRareTraffic) + std::size(kStoreEvents)) *
                  sizeof(uint64_t));

constexpr Summed<StatsTotals, WorkerCounters> kWorkerEvents[] = {
    {&StatsTotals::get_misses, &WorkerCounters::get_misses},
    {&StatsTotals::get_expired, &WorkerCounters::get_expired},
    {&StatsTotals::get_flushed, &WorkerCounters::get_flushed},
    {&StatsTotals::touch_misses, &WorkerCounters::touch_misses},
    {&StatsTotals::touching_get_misses, &WorkerCounters::touching_get_misses},
    {&StatsTotals::delete_misses, &WorkerCounters::delete_misses},
    {&StatsTotals::incr_misses, &WorkerCounters::incr_misses},
    {&StatsTotals::decr_misses, &WorkerCounters::decr_misses},
    {&StatsTotals::cas_misses, &WorkerCounters::cas_misses},
    {&StatsTotals::flush_commands, &WorkerCounters::flush_commands},
    {&StatsTotals::flushes, &WorkerCounters::flushes},
    {&StatsTotals::config_get_commands, &WorkerCounters::config_get_commands},
    {&StatsTotals::config_set_commands, &WorkerCounters::config_set_commands},
    {&StatsTotals::meta_debug_commands, &WorkerCounters::meta_debug_commands},
    {&StatsTotals::auth_commands, &WorkerCounters::auth_commands},
    {&StatsTotals::auth_errors, &WorkerCounters::auth_errors},
    {&StatsTotals::store_too_large, &WorkerCounters::store_too_large},
    {&StatsTotals::store_no_memory, &WorkerCounters::store_no_memory},
    {&StatsTotals::bytes_read, &WorkerCounters::bytes_read},
    {&StatsTotals::bytes_written, &WorkerCounters::bytes_written},
    {&StatsTotals::connection_yields, &WorkerCounters::connection_yields},
    {&StatsTotals::idle_kicks, &WorkerCounters::idle_kicks},
    {&StatsTotals::tls_handshake_errors, &WorkerCounters::tls_handshake_errors},
    {&StatsTotals::tls_protocol_errors, &WorkerCounters::tls_protocol_errors},
    {&StatsTotals::tls_new_sessions, &WorkerCounters::tls_new_sessions},
};

static_assert(offsetof(StatsTotals, accepts) ==
              (std::size(kWorkerEvents) + 1) * sizeof(uint64_t));  // and items_stored

constexpr uint64_t AcceptTotals::*kAcceptEvents[] = {
    &AcceptTotals::total_connections,
    &AcceptTotals::rejected_connections,
    &AcceptTotals::listen_disabled_count,
    &AcceptTotals::listen_disabled_us,
};
static_assert(offsetof(AcceptTotals, is_accepting) == std::size(kAcceptEvents) * sizeof(uint64_t));

constexpr uint64_t WatchTotals::*kLogEvents[] = {
    &WatchTotals::worker_written,
    &WatchTotals::worker_dropped,
    &WatchTotals::watcher_sent,
    &WatchTotals::watcher_skipped,
};
static_assert(offsetof(WatchTotals, watcher_count) == std::size(kLogEvents) * sizeof(uint64_t));

template <class Visit>
void for_each_field(Visit visit) {
  for (const auto& traffic : kTraffic) visit(traffic.total);
  for (const auto& traffic : kRareTraffic) visit(traffic.total);
  for (const auto& event : kStoreEvents) visit(event.total);
}

}  // namespace

ClassTotals StatsTotals::of_all_classes() const {
  ClassTotals sum;
  for (const ClassTotals& one : classes) {
    for_each_field([&](uint64_t ClassTotals::*field) { sum.*field += one.*field; });
  }
  return sum;
}

StatsTotals& StatsTotals::operator-=(const StatsTotals& before) {
  for (const auto& event : kWorkerEvents) this->*event.total -= before.*event.total;
  items_stored -= before.items_stored;
  for (const auto field : kAcceptEvents) accepts.*field -= before.accepts.*field;
  for (const auto field : kLogEvents) logs.*field -= before.logs.*field;
  for (size_t id = 0; id < classes.size(); ++id) {
    for_each_field(
        [&](uint64_t ClassTotals::*field) { classes[id].*field -= before.classes[id].*field; });
  }
  for (size_t kind = 0; kind < kCommandKindCount; ++kind) latencies[kind] -= before.latencies[kind];
  return *this;
}

Latencies sum_latencies(std::span<const WorkerCounters* const> workers) {
  Latencies sums{};
  for (const WorkerCounters* worker : workers) {
    for (size_t kind = 0; kind < sums.size(); ++kind) sums[kind].add(worker->latencies[kind]);
  }
  return sums;
}

StatsTotals sum_totals(std::span<const WorkerCounters* const> workers, const slab::Store& store,
                       const AcceptTotals& accepts, const WatchTotals& logs) {
  StatsTotals sum;
  const auto shown_id_of = [&](size_t id) {
    return store.shown_classes().id_of(static_cast<slab::ClassId>(id));
  };
  for (const WorkerCounters* worker : workers) {
    for (const auto& event : kWorkerEvents) sum.*event.total += (worker->*event.counter).get();
    for (size_t id = 0; id <= store.classes().count(); ++id) {
      ClassTotals& shown = sum.classes[shown_id_of(id)];
      for (const auto& traffic : kTraffic) {
        shown.*traffic.total += (worker->classes[id].*traffic.counter).get();
      }
      for (const auto& traffic : kRareTraffic) {
        shown.*traffic.total += (worker->rare[id].*traffic.counter).get();
      }
    }
  }
  sum.latencies = sum_latencies(workers);
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    for (const auto& event : kStoreEvents) {
      sum.classes[shown_id_of(id)].*event.total +=
          store.inspect().sum(static_cast<slab::ClassId>(id), event.counter);
    }
  }
  sum.accepts = accepts;
  sum.logs = logs;
  sum.items_stored = store.inspect().items_stored();
  return sum;
}

}  // namespace larder::server
