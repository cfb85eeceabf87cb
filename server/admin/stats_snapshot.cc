#include "server/admin/stats_snapshot.h"

#include <algorithm>
#include <charconv>

#include "server/admin/stats_reporter.h"
#include "server/options/options.h"

namespace larder::server {

const std::string* StatRows::find(std::string_view name) const {
  const auto row = std::ranges::find(rows_, name, &StatRow::name);
  return row == rows_.end() ? nullptr : &row->value;
}

StatRows rows_of_answer(std::string_view answer) {
  constexpr std::string_view kStart = "STAT ";
  constexpr std::string_view kEnd = "\r\n";
  StatRows rows;
  while (!answer.empty()) {
    std::string_view line = answer.substr(0, answer.find(kEnd));
    answer.remove_prefix(std::min(line.size() + kEnd.size(), answer.size()));
    if (!line.starts_with(kStart)) continue;
    line.remove_prefix(kStart.size());
    const size_t space = std::min(line.find(' '), line.size());
    rows.add(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
  }
  return rows;
}

std::vector<ClassRows> rows_by_class(const StatRows& rows, std::string_view prefix,
                                     StatRows* others) {
  std::vector<ClassRows> classes;
  for (const StatRow& row : rows) {
    const std::string_view name = row.name;
    uint32_t id = 0;
    if (name.starts_with(prefix)) {
      const char* const end = name.data() + name.size();
      const auto [after, error] = std::from_chars(name.data() + prefix.size(), end, id);
      if (error == std::errc() && after != end && *after == ':') {
        if (classes.empty() || classes.back().id != id) classes.push_back({.id = id});
        classes.back().rows.add({after + 1, static_cast<size_t>(end - after - 1)}, row.value);
        continue;
      }
    }
    if (others != nullptr) others->add(row.name, row.value);
  }
  return classes;
}

WorkerFigures figures_of(const WorkerCounters& counters, size_t connection_count) {
  WorkerFigures figures{
      .connections = connection_count,
      .lookup_misses = counters.get_misses.get() + counters.touching_get_misses.get(),
      .bytes_read = counters.bytes_read.get(),
      .bytes_written = counters.bytes_written.get(),
      .yields = counters.connection_yields.get(),
      .backlog_bytes = counters.backlog_bytes.get(),
      .tls_handshakes = counters.tls_handshakes.get(),
  };
  for (const ClassTraffic& traffic : counters.classes) {
    figures.lookup_hits += traffic.get_hits.get();
    figures.sets += traffic.sets.get();
  }
  for (const ClassRareTraffic& rare : counters.rare) {
    figures.lookup_hits += rare.touching_gets.get();
    figures.lookup_misses += rare.created_gets.get() + rare.created_touched.get();
    figures.sets += rare.cas_sets.get();
  }
  return figures;
}

StatsSnapshot StatsReporter::snapshot(base::Time now) {
  const auto answer_to = [&](protocol::StatsTopic topic) {
    Outbox out(0);
    answer({.topic = topic}, {}, now, out);
    return rows_of_answer(out.bytes().owned());
  };
  using protocol::StatsTopic;
  StatsSnapshot snapshot;
  snapshot.started_at_unix = context_.clock.unix_time(base::Clock::kStartSeconds);
  snapshot.general = answer_to(StatsTopic::General);
  snapshot.settings = answer_to(StatsTopic::Settings);
  snapshot.larder = answer_to(StatsTopic::Larder);
  snapshot.snapshots = answer_to(StatsTopic::Snapshot);
  snapshot.items = rows_by_class(answer_to(StatsTopic::Items), "items:", nullptr);
  snapshot.slabs = rows_by_class(answer_to(StatsTopic::Slabs), "", &snapshot.slab_totals);
  for (size_t number = 0; number < context_.workers.size(); ++number) {
    snapshot.workers.push_back(
        figures_of(*context_.workers[number], context_.connections[number]->size()));
  }
  for (const ClassTotals& one : totals_since_reset().classes) {
    snapshot.sets.push_back({.plain = one.sets, .cas_misses = one.cas_misses});
  }
  const slab::Store& store = context_.store;
  for (uint32_t shown_id = 1; shown_id <= store.shown_classes().count(); ++shown_id) {
    ClassBalance balance{.id = shown_id};
    for (const slab::ClassId id : store.shown_classes().classes_of(shown_id)) {
      balance.ghosts += store.inspect().sum(id, &slab::ClassCounters::ghosts);
      balance.ghost_hits += store.inspect().sum(id, &slab::ClassCounters::ghost_hits);
      balance.pages_moved += store.inspect().sum(id, &slab::ClassCounters::pages_moved);
    }
    if (balance.ghosts + balance.ghost_hits + balance.pages_moved == 0) continue;
    snapshot.balance.push_back(balance);
  }
  snapshot.items_evicted_by_moves = store.maintenance().items_evicted_by_moves();
  if (context_.options.measures_latency) snapshot.latencies = sum_latencies(context_.workers);
  if (Insight* const insight = context_.insight; insight != nullptr) {
    snapshot.counts_hot_keys = insight->counts_hot_keys();
    snapshot.hot_keys = insight->hot_keys(now);
    snapshot.curve = insight->curve();
  }
  return snapshot;
}

}  // namespace larder::server
