// The families larder_*: figures that memcached does not have, or that the exporter leaves out.
#include <fmt/format.h>

#include <string>

#include "base/version.h"
#include "server/admin/stat_number.h"
#include "server/http/metrics_text.h"

namespace larder::server {
namespace {

constexpr MetricType kCounter = MetricType::Counter;
constexpr MetricType kGauge = MetricType::Gauge;

// From `stats larder`.
constexpr MetricRow kLarderRows[] = {
    {"memory_limit_bytes", "larder_memory_limit_bytes", kGauge,
     "Memory limit for pages and index together (-m)."},
    {"memory_used_bytes", "larder_memory_used_bytes", kGauge,
     "Memory used by pages and index together."},
    {"index_bytes", "larder_index_bytes", kGauge, "Memory of the index."},
    {"index_buckets", "larder_index_buckets", kGauge, "Buckets of the index."},
    {"index_overflow_buckets", "larder_index_overflow_buckets", kGauge,
     "Overflow buckets of the index, for buckets that are full."},
    {"page_bytes", "larder_page_bytes", kGauge, "Bytes of one page."},
    {"pages_in_use", "larder_pages_in_use", kGauge, "Pages assigned to a class."},
    {"pages_spare", "larder_pages_spare", kGauge,
     "Pages that were in use before and belong to no class now."},
    {"size_classes", "larder_size_classes", kGauge, "Number of size classes."},
    {"chunks_at_hand", "larder_chunks_at_hand", kGauge, "Free chunks in the magazines of threads."},
    {"reply_backlog_bytes", "larder_reply_backlog_bytes", kGauge,
     "Bytes of replies that wait for slow clients."},
    {"request_tail_bytes", "larder_request_tail_bytes", kGauge, "Bytes of incomplete requests."},
    {"request_tail_count", "larder_request_tails", kGauge,
     "Connections with an incomplete request."},
    {"cmd_config_get", "larder_config_get_commands_total", kCounter,
     "Requests for a configuration, such as the list of the cluster's nodes."},
    {"cmd_config_set", "larder_config_set_commands_total", kCounter,
     "Requests to set a configuration."},
    {"curr_config", "larder_configs", kGauge, "Number of configurations, including the cluster's."},
    {"flushes", "larder_flushes_total", kCounter,
     "flush_all commands accepted, including those whose delay has not passed."},
    {"log_lines", "larder_log_lines_total", kCounter, "Lines written to the log."},
    {"log_lines_dropped", "larder_log_lines_dropped_total", kCounter,
     "Log lines lost because the queue was full or the write failed."},
    {"log_lines_suppressed", "larder_log_lines_suppressed_total", kCounter,
     "Log lines left out by rate limiting."},
    {"tls_certificate_expiry_timestamp_seconds", "larder_tls_certificate_expiry_timestamp_seconds",
     kGauge, "Unix time at which the certificate that is served expires (its notAfter)."},
    {"cluster_nodes", "larder_cluster_nodes", kGauge,
     "Number of nodes on this node's list of the cluster; 0 before it has one."},
    {"cluster_version", "larder_cluster_version", kGauge,
     "Version of that list, which never decreases; 0 before there is one."},
    {"etcd_up", "larder_etcd_up", kGauge, "1 while requests of this node to etcd succeed."},
    {"etcd_errors", "larder_etcd_errors_total", kCounter,
     "Failed requests to etcd, counted once per endpoint tried, and watches that ended."},
};

// From `stats snapshot`; without --snapshot-dir there are no samples.
constexpr MetricRow kSnapshotRows[] = {
    {"successes", "larder_snapshot_successes_total", kCounter, "Snapshots taken."},
    {"failures", "larder_snapshot_failures_total", kCounter, "Snapshots that failed."},
    {"last_success_time", "larder_snapshot_last_success_timestamp_seconds", kGauge,
     "Unix time of the last snapshot taken; 0 if there was none since the start."},
    {"last_success_age", "larder_snapshot_last_success_age_seconds", kGauge,
     "Seconds since the last snapshot taken, or since the start if there was none."},
    {"interval", "larder_snapshot_interval_seconds", kGauge,
     "Seconds between two scheduled snapshots; 0 without a schedule."},
    {"last_items", "larder_snapshot_items", kGauge, "Items in the last snapshot."},
    {"last_bytes", "larder_snapshot_bytes", kGauge, "Size of the file of the last snapshot."},
    {"last_relaxed", "larder_snapshot_relaxed_items", kGauge,
     "Items of the last snapshot that were saved with a later value, or lost to a delete."},
    {"last_evicted", "larder_snapshot_evicted_items", kGauge,
     "Items that were evicted before the last snapshot had reached them."},
    {"loaded_items", "larder_snapshot_loaded_items", kGauge, "Items loaded at the start."},
};

// From `stats`: rows that the exporter leaves out.
constexpr MetricRow kGeneralRows[] = {
    {"threads", "larder_workers", kGauge, "Worker threads."},
    {"get_expired", "larder_get_expired_total", kCounter, "Gets that found an expired item."},
    {"get_flushed", "larder_get_flushed_total", kCounter,
     "Gets that found an item invalidated by flush_all."},
    {"expired_unfetched", "larder_items_expired_unfetched_total", kCounter,
     "Items that expired without having been fetched."},
    {"evicted_unfetched", "larder_items_evicted_unfetched_total", kCounter,
     "Items evicted before they expired and without having been fetched."},
    {"slabs_moved", "larder_pages_moved_total", kCounter,
     "Pages that balancing or slabs reassign took from a class."},
    {"lru_crawler_running", "larder_crawler_running", kGauge,
     "1 while a crawl started by a client is running."},
    {"cmd_meta", "larder_meta_debug_commands_total", kCounter, "Commands me."},
    {"auth_cmds", "larder_auth_commands_total", kCounter, "Login attempts."},
    {"auth_errors", "larder_auth_errors_total", kCounter, "Failed login attempts."},
    {"idle_kicks", "larder_idle_kicks_total", kCounter,
     "Connections closed because they were idle."},
    {"ssl_handshake_errors", "larder_tls_handshake_errors_total", kCounter,
     "TLS handshakes that failed or took too long."},
    {"ssl_proto_errors", "larder_tls_protocol_errors_total", kCounter,
     "TLS connections that failed after their handshake."},
    {"ssl_new_sessions", "larder_tls_new_sessions_total", kCounter,
     "TLS sessions that were not resumed."},
    {"time_since_server_cert_refresh", "larder_tls_certificate_age_seconds", kGauge,
     "Seconds since the certificate in use was read."},
    {"log_watchers", "larder_watchers", kGauge, "Clients that use watch."},
    {"log_worker_written", "larder_log_records_total", kCounter, "Events recorded for watch."},
    {"log_worker_dropped", "larder_log_records_dropped_total", kCounter,
     "Events lost because a worker's ring was full."},
    {"log_watcher_sent", "larder_watcher_lines_total", kCounter,
     "Lines sent to clients that use watch, counted once per client."},
    {"log_watcher_skipped", "larder_watcher_lines_skipped_total", kCounter,
     "Lines skipped because the buffer of a client that uses watch was full."},
};

// Count from the start of the process; `stats reset` does not reset them.
constexpr struct {
  uint64_t WorkerFigures::*figure;
  std::string_view name;
  MetricType type;
  std::string_view help;
} kWorkerRows[] = {
    {&WorkerFigures::connections, "larder_worker_connections", kGauge, "Connections of a worker."},
    {&WorkerFigures::sets, "larder_worker_sets_total", kCounter, "Writes executed by a worker."},
    {&WorkerFigures::bytes_read, "larder_worker_read_bytes_total", kCounter,
     "Bytes received by a worker."},
    {&WorkerFigures::bytes_written, "larder_worker_written_bytes_total", kCounter,
     "Bytes sent by a worker."},
    {&WorkerFigures::yields, "larder_worker_yields_total", kCounter,
     "Times a connection of a worker had more requests ready than -R allows in one turn."},
    {&WorkerFigures::backlog_bytes, "larder_worker_backlog_bytes", kGauge,
     "Bytes of a worker's replies that wait for slow clients."},
    {&WorkerFigures::tls_handshakes, "larder_worker_tls_handshakes", kGauge,
     "Unfinished TLS handshakes of a worker."},
};

// These count lookups only.  memcached's counters depend on what else a get does: it counts a get
// that also touches as a touch, and a get that creates its item as a hit.
void write_lookups(MetricsWriter& out, const std::vector<WorkerFigures>& workers) {
  out.family("larder_lookups_total", kCounter,
             "Keys looked up by a worker, by any kind of get, by outcome.");
  for (size_t number = 0; number < workers.size(); ++number) {
    const std::string worker = std::to_string(number);
    out.sample(workers[number].lookup_hits, {{"worker", worker}, {"status", "hit"}});
    out.sample(workers[number].lookup_misses, {{"worker", worker}, {"status", "miss"}});
  }
}

constexpr struct {
  uint64_t ClassBalance::*figure;
  std::string_view name;
  std::string_view help;
} kBalanceRows[] = {
    {&ClassBalance::ghosts, "larder_slab_ghosts_total",
     "Evicted items that the index remembered as ghosts."},
    {&ClassBalance::ghost_hits, "larder_slab_ghost_hits_total",
     "New items whose key was found among the ghosts, so that it had been evicted recently."},
    {&ClassBalance::pages_moved, "larder_slab_pages_moved_total",
     "Pages taken from the class, for another class or for none."},
};

void write_curve(MetricsWriter& out, const CurveReport& curve) {
  const auto factor_of = [](const CurvePoint& point) {
    return fmt::format("{}", point.memory_factor);
  };
  out.family("larder_estimated_hit_ratio", kGauge,
             "Estimated hit ratio of gets with that multiple of the memory.");
  for (const CurvePoint& point : curve.points) {
    out.sample(point.hit_ratio, {{"memory_factor", factor_of(point)}});
  }
  out.family("larder_estimated_hit_ratio_samples_total", kCounter,
             "Gets sampled for the estimated hit ratios.");
  if (curve.is_enabled) out.sample(curve.sampled_requests);
}

}  // namespace

void write_larder_metrics(MetricsWriter& out, const StatsSnapshot& stats) {
  out.family("larder_build_info", kGauge,
             "1; the labels are the versions of Larder and of its protocol.");
  out.sample(1u, {{"version", base::kLarderVersion}, {"protocol", base::kProtocolVersion}});
  if (const std::string* const cluster = stats.larder.find("cluster_name")) {
    out.family("larder_cluster_info", kGauge, "1, with the name of the cluster (--cluster).");
    out.sample(1u, {{"cluster", *cluster}});
  }
  for (const MetricRow& row : kLarderRows) write_row(out, stats.larder, row);
  for (const MetricRow& row : kGeneralRows) write_row(out, stats.general, row);
  for (const MetricRow& row : kSnapshotRows) write_row(out, stats.snapshots, row);
  out.family("larder_snapshot_duration_seconds", kGauge, "Duration of the last snapshot.");
  if (stats.snapshots.find("last_duration_ms") != nullptr) {
    out.sample(static_cast<double>(number_in(stats.snapshots, "last_duration_ms")) / 1e3);
  }
  out.family("larder_snapshot_saving", kGauge, "1 while a snapshot is being taken.");
  if (const std::string* const state = stats.snapshots.find("state")) {
    out.sample(*state == "saving" ? 1u : 0u);
  }
  out.family("larder_listener_disabled_seconds_total", kCounter,
             "Time for which accepting was paused, including a pause that has not ended.");
  const uint64_t paused_us = number_in(stats.general, "time_in_listen_disabled_us");
  out.sample(static_cast<double>(paused_us) / 1e6);
  out.family("larder_items_evicted_by_moves_total", kCounter,
             "Items evicted before they expired because their page moved to another class.");
  out.sample(stats.items_evicted_by_moves);
  write_lookups(out, stats.workers);
  for (const auto& [figure, name, type, help] : kWorkerRows) {
    out.family(name, type, help);
    for (size_t number = 0; number < stats.workers.size(); ++number) {
      out.sample(stats.workers[number].*figure, {{"worker", std::to_string(number)}});
    }
  }
  write_curve(out, stats.curve);
  for (const auto& [figure, name, help] : kBalanceRows) {
    out.family(name, kCounter, help);
    for (const ClassBalance& one : stats.balance) {
      out.sample(one.*figure, {{"slab", std::to_string(one.id)}});
    }
  }
}

}  // namespace larder::server
