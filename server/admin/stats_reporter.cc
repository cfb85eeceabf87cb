#include "server/admin/stats_reporter.h"

#include <algorithm>
#include <utility>

#include "base/version.h"
#include "protocol/encode.h"
#include "server/admin/settings_report.h"
#include "server/admin/stat_writer.h"
#include "server/options/options.h"

namespace larder::server {

using protocol::Complaint;
using protocol::StatsTopic;
using protocol::Status;

void StatsReporter::answer(const protocol::Stats& stats, const Style& style, base::Time now,
                           Outbox& out) {
  switch (stats.topic) {
    case StatsTopic::General: general(now, style, out); break;
    case StatsTopic::Settings: settings(style, out); break;
    case StatsTopic::Items: items(now, style, out); break;
    case StatsTopic::Slabs: slabs(style, out); break;
    case StatsTopic::Sizes: sizes(now, style, out); break;
    case StatsTopic::Connections: connections(now, style, out); break;
    case StatsTopic::Larder: larder(style, out); break;
    case StatsTopic::Latency: latency(style, out); break;
    case StatsTopic::HotKeys: hot_keys(now, style, out); break;
    case StatsTopic::Curve: curve(style, out); break;
    case StatsTopic::Snapshot: snapshots(style, out); break;
    case StatsTopic::Cachedump: return cachedump(stats, now, out);
    case StatsTopic::Reset: return reset(style, out);
    case StatsTopic::DetailOn:
    case StatsTopic::DetailOff:
    case StatsTopic::DetailDump: return detail(stats, style, out);
  }
  StatWriter(out.bytes(), style).end(Status::End);
}

Complaint StatsReporter::refusal_of(const protocol::Stats& stats) const {
  const bool is_detail = stats.topic == StatsTopic::DetailOn ||
                         stats.topic == StatsTopic::DetailOff ||
                         stats.topic == StatsTopic::DetailDump;
  if (is_detail && !context_.options.has_dumps) return Complaint::StatsDetailDenied;
  return stats.complaint;
}

void StatsReporter::detail(const protocol::Stats& stats, const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  const Complaint refusal = refusal_of(stats);
  if (refusal != Complaint::None) return rows.refuse(refusal);
  if (stats.topic == StatsTopic::DetailDump) {
    return rows.end_with_text("detailed", state_.prefixes.dump());
  }
  state_.prefixes.turn(stats.topic == StatsTopic::DetailOn);
  rows.end(Status::Ok);
}

void StatsReporter::settings(const Style& style, Outbox& out) {
  const slab::Store& store = context_.store;
  Options options = context_.options;
  static_cast<TuningOptions&>(options) = state_.live_options.get();
  options.verbosity = static_cast<int>(state_.verbosity.load());
  options.memory_bytes_max = store.inspect().budget().limit();
  options.counts_prefixes = state_.prefixes.is_on();
  const slab::SizeClasses& classes = store.classes();
  const StoreFacts facts{
      .growth_factor = store.options().growth_factor,
      .chunk_bytes_min = classes.chunk_size(1),
      .chunk_bytes_max = classes.chunk_size(classes.piece_classes().front()),
      .hash_algorithm = "xxh3",
      .flushed_before_seconds = state_.flushed_before.load(),
  };
  StatWriter rows(out.bytes(), style);
  for (const SettingRow& row : settings_rows(options, facts)) rows.text(row.name, row.value);
}

// Rows that memcached does not have.  They are not part of `stats`, whose keys some clients count.
void StatsReporter::larder(const Style& style, Outbox& out) {
  const slab::Store& store = context_.store;
  uint64_t backlog_bytes = 0;
  uint64_t tail_bytes = 0;
  uint64_t tail_count = 0;
  for (const WorkerCounters* worker : context_.workers) {
    backlog_bytes += worker->backlog_bytes.get();
    tail_bytes += worker->tail_bytes.get();
    tail_count += worker->tail_count.get();
  }
  uint64_t chunks_at_hand = 0;
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    chunks_at_hand += store.inspect().chunks_at_hand(static_cast<slab::ClassId>(id));
  }
  StatWriter rows(out.bytes(), style);
  rows.text("server_name", "Larder");
  rows.text("server_version", base::kLarderVersion);
  rows.number("memory_limit_bytes", store.inspect().budget().limit());
  rows.number("memory_used_bytes", store.inspect().budget().used());
  rows.number("index_bytes", store.inspect().index().memory_bytes());
  rows.number("index_buckets", store.inspect().index().bucket_count());
  rows.number("index_overflow_buckets", store.inspect().index().overflow_count());
  rows.number("page_bytes", slab::kPageSize);
  rows.number("pages_in_use", store.inspect().pool().pages_in_use());
  rows.number("pages_spare", store.inspect().pool().spare_count());
  rows.number("size_classes", store.classes().count());
  rows.number("chunks_at_hand", chunks_at_hand);
  rows.number("reply_backlog_bytes", backlog_bytes);
  rows.number("request_tail_bytes", tail_bytes);
  rows.number("request_tail_count", tail_count);
  const LogTotals log = context_.log.totals();
  const StatsTotals totals = totals_since_reset();
  rows.number("lookup_hits", totals.lookup_hits());
  rows.number("lookup_misses", totals.lookup_misses());
  rows.number("flushes", totals.flushes);
  write_discovery(rows, totals);
  rows.text("log_level", name_of(context_.options.log_level));
  rows.text("log_format", name_of(context_.options.log_format));
  rows.number("log_slow_ms", static_cast<uint64_t>(context_.options.slow_milliseconds));
  rows.number("log_lines", log.written);
  rows.number("log_lines_dropped", log.dropped);
  rows.number("log_lines_suppressed", log.suppressed);
  rows.text("hot_keys", context_.options.counts_hot_keys ? "yes" : "no");
  rows.text("miss_ratio_curve", context_.options.estimates_curve ? "yes" : "no");
  if (context_.tls != nullptr) {
    rows.number("tls_certificate_expiry_timestamp_seconds",
                static_cast<uint64_t>(std::max<int64_t>(context_.tls->expires_at(), 0)));
  }
  if (context_.membership != nullptr) cluster(rows);
}

void StatsReporter::cluster(StatWriter& rows) {
  const EtcdMembership::Figures figures = context_.membership->figures();
  rows.text("cluster_name", context_.options.cluster);
  rows.number("cluster_version", figures.version);
  rows.number("cluster_nodes", figures.nodes.size());
  rows.text("etcd_up", figures.is_etcd_up ? "yes" : "no");
  rows.number("etcd_errors", figures.etcd_errors);
}

StatsTotals StatsReporter::totals_since_reset() const {
  std::lock_guard lock(baseline_mutex_);
  StatsTotals totals =
      sum_totals(context_.workers, context_.store, context_.accept_totals(), context_.log_totals());
  totals -= baseline_;
  return totals;
}

void StatsReporter::reset(const Style& style, Outbox& out) {
  state_.prefixes.clear();
  {
    std::lock_guard lock(baseline_mutex_);
    baseline_ = sum_totals(context_.workers, context_.store, context_.accept_totals(),
                           context_.log_totals());
  }
  StatWriter(out.bytes(), style).end(Status::Reset);
}

size_t StatsReporter::connection_count() const {
  size_t count = 0;
  for (const ConnectionList* list : context_.connections) count += list->size();
  return count;
}

}  // namespace larder::server
